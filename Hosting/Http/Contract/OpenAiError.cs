namespace Sluice.Hosting.Http.Contract;

/// <summary>What went wrong below <c>/v1</c>, in the shape of OpenAI's API, which its clients turn into exceptions.</summary>
/// <param name="Error">It.</param>
internal sealed record OpenAiError(OpenAiErrorDetail Error);

/// <summary>What went wrong.</summary>
/// <param name="Message">What happened, and what to do.</param>
/// <param name="Type">invalid_request_error, tokens (too many wait) or server_error.</param>
/// <param name="Param">The field that is meant; null for none.</param>
/// <param name="Code">invalid_api_key, model_not_found, rate_limit_exceeded; null for none.</param>
internal sealed record OpenAiErrorDetail(string Message, string Type, string? Param, string? Code);
