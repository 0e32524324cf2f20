namespace Sluice.Hosting.Http;

/// <summary>A request that cannot be met; its status and words go to the caller.</summary>
/// <param name="status">The status.</param>
/// <param name="detail">What happened, and what to do.</param>
internal sealed class ApiException(int status, string detail) : Exception(detail)
{
    /// <summary>The status.</summary>
    public int Status { get; } = status;

    /// <summary>The field of the body that is meant; null for none.</summary>
    public string? Field { get; init; }

    /// <summary>A word for programs, of OpenAI's API; null for none.</summary>
    public string? Code { get; init; }

    /// <summary>The job does not exist.</summary>
    /// <param name="job">Its number.</param>
    /// <returns>The exception.</returns>
    public static ApiException NoJob(long job) => new(404, $"There is no job {job}. GET /api/v1/jobs lists them.");

    /// <summary>The node does not exist.</summary>
    /// <param name="node">Its id.</param>
    /// <returns>The exception.</returns>
    public static ApiException NoNode(string node) => new(404, $"There is no node '{node}'. GET /api/v1/nodes lists them.");
}
