namespace Sluice.Hosting.Http.Contract;

/// <summary>What went wrong, as problem details (RFC 9457).</summary>
/// <param name="Type">Always about:blank: the status says the kind.</param>
/// <param name="Title">The status in words.</param>
/// <param name="Status">The status.</param>
/// <param name="Detail">What happened, and what to do.</param>
/// <param name="Instance">The path that was asked for.</param>
internal sealed record Problem(string Type, string Title, int Status, string Detail, string Instance);
