using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Sluice.TestKit.Models;

namespace Sluice.TestKit.Simulators;

/// <summary>
/// Holds requests and answers against the description of an HTTP API that its publisher made: OpenAPI 3.0 and 3.1 or Swagger 2.0, JSON or YAML. Checks that the
/// operation exists, its query parameters, and the bodies against their schemas. Immutable; safe for concurrent use.
/// </summary>
public sealed class ContractValidator
{
    private static readonly ConcurrentDictionary<string, ContractDocument> s_documents = new(StringComparer.Ordinal);

    private readonly List<(ContractDocument Document, ContractOperation Operation)> _operations = [];
    private readonly Func<SimulatorRequest, bool> _outside;

    private ContractValidator(IEnumerable<string> files, Func<SimulatorRequest, bool>? outside)
    {
        _outside = outside ?? (static _ => false);
        foreach (var file in files)
        {
            // Published contracts are large and do not change while tests run; those that a test writes have names of their own.
            var document = s_documents.GetOrAdd(file, static path => new ContractDocument(path));
            _operations.AddRange(document.Operations.Select(operation => (document, operation)));
        }

        // The most literal path wins: /collections/aliases before /collections/{name}.
        _operations.Sort(static (one, other) => one.Operation.Placeholders.CompareTo(other.Operation.Placeholders));
    }

    /// <summary>The folder of the published contracts, <c>../shared/contracts</c> of the repository; null when it is not there.</summary>
    public static string? Folder { get; } = FindFolder();

    /// <summary>Reads contracts.</summary>
    /// <param name="files">Paths below <see cref="Folder"/>; an operation is looked for in all of them.</param>
    /// <param name="outside">Requests that the documents are known to leave out, and that are not checked; null for none.</param>
    /// <returns>The validator; null where the contracts are not at hand.</returns>
    public static ContractValidator? Load(IEnumerable<string> files, Func<SimulatorRequest, bool>? outside = null) =>
        Folder is { } folder ? new ContractValidator(files.Select(file => Path.Combine(folder, file)), outside) : null;

    /// <summary>Reads contracts from files anywhere.</summary>
    public static ContractValidator Read(IEnumerable<string> files, Func<SimulatorRequest, bool>? outside = null) => new(files, outside);

    /// <summary>Checks a request.</summary>
    /// <returns>Operation, place and reason of the first thing that is wrong; null when all is well.</returns>
    public string? ValidateRequest(SimulatorRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (_outside(request))
        {
            return null;
        }

        if (Find(request) is not var (document, operation))
        {
            return $"{request.Method} {request.Path}: the contract has no such operation";
        }

        var wrong = operation.CheckQuery(document, request);
        if (wrong is null && operation.RequestSchema(request.Header("Content-Type")) is var (schema, required))
        {
            wrong = request.Body.IsEmpty
                ? (required ? "body: is missing" : null)
                : CheckBody(document, schema, request.Body, request.Header("Content-Type"));
        }

        return wrong is null ? null : $"{request.Method} {request.Path}: request {wrong}";
    }

    /// <summary>Checks an answer.</summary>
    /// <returns>Operation, status, place and reason of the first thing that is wrong; null when all is well.</returns>
    public string? ValidateAnswer(SimulatorRequest request, SimulatorAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(answer);
        if (_outside(request) || Find(request) is not var (document, operation))
        {
            return null; // The request is what is wrong.
        }

        if (!operation.TryFindAnswer(document, answer.Status, out var schema))
        {
            return $"{request.Method} {request.Path}: the contract knows no answer {answer.Status}";
        }

        var json = answer.ContentType?.Contains("json", StringComparison.OrdinalIgnoreCase) == true;
        return schema is { } found && json && request.Method != "HEAD" && CheckBody(document, found, answer.Body, answer.ContentType) is { } wrong
            ? $"{request.Method} {request.Path}: answer {answer.Status} {wrong}"
            : null;
    }

    private static string? CheckBody(ContractDocument document, JsonElement schema, ReadOnlyMemory<byte> body, string? type)
    {
        try
        {
            if (type?.Contains("ndjson", StringComparison.OrdinalIgnoreCase) == true)
            {
                var lines = Encoding.UTF8.GetString(body.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries);
                using var array = JsonDocument.Parse($"[{string.Join(',', lines)}]");
                return SchemaCheck.Check(document, schema, array.RootElement);
            }

            using var json = JsonDocument.Parse(body);
            return SchemaCheck.Check(document, schema, json.RootElement);
        }
        catch (JsonException exception)
        {
            return $"body: is not JSON: {exception.Message}";
        }
    }

    private (ContractDocument Document, ContractOperation Operation)? Find(SimulatorRequest request)
    {
        foreach (var candidate in _operations)
        {
            if (candidate.Operation.Matches(request))
            {
                return candidate;
            }
        }

        return null;
    }

    private static string? FindFolder()
    {
        for (var folder = Path.GetDirectoryName(Repository.Root); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            var contracts = Path.Combine(folder, "shared", "contracts");
            if (Directory.Exists(contracts))
            {
                return contracts;
            }
        }

        return null;
    }
}
