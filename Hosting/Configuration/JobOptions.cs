using System.ComponentModel.DataAnnotations;

namespace Sluice.Hosting.Configuration;

/// <summary>A job for a cluster: what a file for <c>sluice job submit</c> has besides the settings of the ingestion. Configured below <c>sluice.job</c>.</summary>
public sealed class JobOptions
{
    /// <summary>What people call it. Empty: the file's name.</summary>
    public string Name { get; set; } = "";

    /// <summary>Folders, files, http(s):// and s3:// URIs, walked one after the other. Every parse node must reach them under the same name.</summary>
    public IReadOnlyList<string> Sources { get; set; } = [];

    /// <summary>Its share of the cluster against other jobs that run. Default 10; 1 to 1,000.</summary>
    [Range(1, 1_000)]
    public int Weight { get; set; } = 10;
}
