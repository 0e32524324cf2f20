using Microsoft.AspNetCore.Http;
using Sluice.Hosting.Http.Contract;

namespace Sluice.Hosting.Http;

/// <summary>A route of the server: what is mapped, guarded and described by one table.</summary>
/// <param name="Method">GET or POST.</param>
/// <param name="Pattern">Path, with parameters in braces.</param>
/// <param name="Access">What the caller must be allowed.</param>
/// <param name="Summary">What it does, in a line.</param>
/// <param name="Handle">Answers.</param>
internal sealed record ApiRoute(string Method, string Pattern, ApiAccess Access, string Summary, Func<HttpContext, Task> Handle)
{
    /// <summary>Type of the body; null for none.</summary>
    public Type? Request { get; init; }

    /// <summary>Type of the answer; null where it is not JSON.</summary>
    public Type? Response { get; init; }

    /// <summary>Type of what it answers when it cannot.</summary>
    public Type Error => ApiAnswers.IsOpenAis(Pattern) ? typeof(OpenAiError) : typeof(Problem);

    /// <summary>Media type of that.</summary>
    public string ErrorMediaType => ApiAnswers.IsOpenAis(Pattern) ? "application/json" : ApiAnswers.ProblemType;

    /// <summary>Media type of the answer.</summary>
    public string MediaType { get; init; } = "application/json";

    /// <summary>Status of success.</summary>
    public int Status { get; init; } = StatusCodes.Status200OK;

    /// <summary>Query parameters.</summary>
    public IReadOnlyList<ApiParameter> Query { get; init; } = [];
}

/// <summary>A query parameter.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">integer, boolean or string.</param>
/// <param name="Description">What it means, with range and default.</param>
/// <param name="Required">Whether it must be there.</param>
internal sealed record ApiParameter(string Name, string Type, string Description, bool Required = false);
