using System.Net;
using Amazon;
using Amazon.S3;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Sources;

/// <summary>Makes S3 clients from options and environment.</summary>
internal static class S3Clients
{
    public static AmazonS3Client Create(S3SourceOptions options)
    {
        var endpoint = First(options.Endpoint, "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL");
        var region = First(options.Region, "AWS_REGION", "AWS_DEFAULT_REGION") ?? "us-east-1";
        var config = new AmazonS3Config { Timeout = options.Timeout, MaxErrorRetry = 1, AuthenticationRegion = region };
        if (endpoint is null)
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
            config.ForcePathStyle = options.PathStyle;
        }
        else if (Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https")
        {
            config.ServiceURL = endpoint;
            config.ForcePathStyle = options.PathStyle || IPAddress.TryParse(uri.Host.Trim('[', ']'), out _) || !uri.Host.Contains('.', StringComparison.Ordinal);
        }
        else
        {
            throw new ConfigurationException($"sluice.source.s3.endpoint is '{endpoint}'; write a URL such as http://localhost:9000.");
        }

        return new AmazonS3Client(config);
    }

    private static string? First(string option, params ReadOnlySpan<string> variables)
    {
        if (option.Length > 0)
        {
            return option;
        }

        foreach (var variable in variables)
        {
            if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value)
            {
                return value;
            }
        }

        return null;
    }
}
