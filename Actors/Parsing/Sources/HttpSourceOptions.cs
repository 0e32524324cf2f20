using System.ComponentModel.DataAnnotations;

namespace Sluice.Actors.Parsing.Sources;

/// <summary>How URLs are read. Configured below <c>sluice.source.http</c>.</summary>
public sealed class HttpSourceOptions
{
    /// <summary>Longest wait for an answer's headers, and for each further piece of its body. Default 30 seconds; 1 second to 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Largest body that is read, in bytes after decompression; a larger one is skipped. Default 1 GiB; 1 to 2^50.</summary>
    [Range(1L, 1L << 50)]
    public long MaxBytes { get; set; } = 1L << 30;

    /// <summary>Most redirects that are followed. Default 10; 0 to 50.</summary>
    [Range(0, 50)]
    public int MaxRedirects { get; set; } = 10;

    /// <summary>
    /// Scopes that redirects may lead into (see <see cref="Streams.Documents.SourceScope"/>); empty (the default) for anywhere. Set by the program for jobs that are posted to the API.
    /// </summary>
    [Required]
    public string[] RedirectRoots { get; set; } = [];

    /// <summary>The <c>User-Agent</c> header. Default <c>Sluice/0.1</c>.</summary>
    [Required]
    public string UserAgent { get; set; } = "Sluice/0.1";

    /// <summary>
    /// Whether private, loopback and link-local addresses may be read, which lets a URL reach what only this machine can. Also lets the system's proxy be used: a
    /// proxy resolves names itself, where they cannot be checked. Default false.
    /// </summary>
    public bool AllowPrivateAddresses { get; set; }
}
