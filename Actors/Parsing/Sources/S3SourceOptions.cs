using System.ComponentModel.DataAnnotations;

namespace Sluice.Actors.Parsing.Sources;

/// <summary>
/// How buckets are reached. Configured below <c>sluice.source.s3</c>. Credentials are never configured here: they come from the environment
/// (<c>AWS_ACCESS_KEY_ID</c>, <c>AWS_SECRET_ACCESS_KEY</c>), a profile, or the machine's role.
/// </summary>
public sealed class S3SourceOptions
{
    /// <summary>URL of an S3-compatible server. Default empty: <c>AWS_ENDPOINT_URL_S3</c>, <c>AWS_ENDPOINT_URL</c>, else Amazon's own.</summary>
    [Required(AllowEmptyStrings = true)]
    public string Endpoint { get; set; } = "";

    /// <summary>Region. Default empty: <c>AWS_REGION</c>, <c>AWS_DEFAULT_REGION</c>, else <c>us-east-1</c>.</summary>
    [Required(AllowEmptyStrings = true)]
    public string Region { get; set; } = "";

    /// <summary>
    /// Whether the bucket stands in the path of requests instead of the host name. Default false, and on by itself where the endpoint's host is an address or has no
    /// dot.
    /// </summary>
    public bool PathStyle { get; set; }

    /// <summary>Longest wait for an answer's headers, and for each further piece of its body. Default 30 seconds; 1 second to 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);
}
