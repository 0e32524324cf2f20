using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Sluice.Hosting.Http.Contract;

namespace Sluice.Hosting.Http;

/// <summary>
/// The API as an OpenAPI 3.1 document, made from the table of routes and the types of bodies and answers, so that it cannot say anything else than the server does.
/// </summary>
internal static partial class OpenApiDocument
{
    private static readonly JsonSchemaExporterOptions s_exporter = new() { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Refine };

    /// <summary>Writes it.</summary>
    /// <param name="context">The request.</param>
    /// <param name="routes">The routes.</param>
    /// <returns>When it is written.</returns>
    public static async Task WriteAsync(HttpContext context, IReadOnlyList<ApiRoute> routes)
    {
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        var json = new Utf8JsonWriter(context.Response.Body);
        await using (json.ConfigureAwait(false))
        {
            Build(routes).WriteTo(json);
            await json.FlushAsync(context.RequestAborted).ConfigureAwait(false);
        }
    }

    /// <summary>Makes it.</summary>
    /// <param name="routes">The routes.</param>
    /// <returns>The document.</returns>
    public static JsonObject Build(IReadOnlyList<ApiRoute> routes)
    {
        var schemas = new JsonObject();
        foreach (var type in routes.SelectMany(static route => new[] { route.Request, route.Response, route.Error }).OfType<Type>().Distinct())
        {
            schemas[type.Name] = Schema(type);
        }

        var paths = new JsonObject();
        foreach (var route in routes)
        {
            var path = paths[route.Pattern] as JsonObject;
            if (path is null)
            {
                paths[route.Pattern] = path = [];
            }

            path[route.Method.ToLowerInvariant()] = Operation(route);
        }

        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject { ["title"] = "Sluice", ["version"] = ApiRoutes.Program, ["description"] = "Watch and steer ingestions, on one machine or in a cluster." },
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = schemas,
                ["securitySchemes"] = new JsonObject { ["token"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer" } },
            },
        };
    }

    private static JsonNode Schema(Type type) => ApiJson.Default.Options.GetJsonSchemaAsNode(type, s_exporter);

    /// <summary>Says what a value may be where its attributes do, and its type does not.</summary>
    private static JsonNode Refine(JsonSchemaExporterContext context, JsonNode schema)
    {
        var attributes = context.PropertyInfo?.AttributeProvider?.GetCustomAttributes(inherit: false) ?? [];
        if (attributes.OfType<AnyOfAttribute>().FirstOrDefault() is { } any)
        {
            return new JsonObject { ["anyOf"] = new JsonArray([.. any.Types.Select(Schema)]) };
        }

        if (attributes.OfType<AllowedValuesAttribute>().FirstOrDefault() is { } allowed)
        {
            schema["enum"] = new JsonArray([.. allowed.Values.Select(static value => (JsonNode?)(value as string))]);
        }

        return schema;
    }

    private static JsonObject Operation(ApiRoute route)
    {
        var parameters = new JsonArray();
        foreach (Match match in PathParameter().Matches(route.Pattern))
        {
            var name = match.Groups["name"].Value;
            var integer = route.Pattern.Contains("/jobs/", StringComparison.Ordinal);
            parameters.Add(Parameter(name, "path", integer ? "integer" : "string", integer ? "Number of the job" : "Id of the node", required: true));
        }

        foreach (var query in route.Query)
        {
            parameters.Add(Parameter(query.Name, "query", query.Type, query.Description, query.Required));
        }

        var operation = new JsonObject
        {
            ["operationId"] = Word().Replace($"{route.Method.ToLowerInvariant()} {route.Pattern.Replace("/api/v1", "", StringComparison.Ordinal)}", static match => match.Index == 0 ? match.Value : char.ToUpperInvariant(match.Value[0]) + match.Value[1..]).Replace(" ", "", StringComparison.Ordinal),
            ["summary"] = route.Summary,
            ["security"] = new JsonArray(new JsonObject { ["token"] = new JsonArray() }, new JsonObject()),
            ["responses"] = new JsonObject
            {
                [route.Status.ToString(System.Globalization.CultureInfo.InvariantCulture)] = new JsonObject { ["description"] = "Done", ["content"] = Content(route.MediaType, route.Response) },
                ["default"] = new JsonObject { ["description"] = "It was not possible", ["content"] = Content(route.ErrorMediaType, route.Error) },
            },
        };
        operation["operationId"] = NotWord().Replace((string)operation["operationId"]!, "");
        if (parameters.Count > 0)
        {
            operation["parameters"] = parameters;
        }

        if (route.Request is not null)
        {
            operation["requestBody"] = new JsonObject { ["required"] = true, ["content"] = Content("application/json", route.Request) };
        }

        return operation;
    }

    private static JsonObject Parameter(string name, string place, string type, string description, bool required) => new()
    {
        ["name"] = name,
        ["in"] = place,
        ["required"] = required,
        ["description"] = description,
        ["schema"] = new JsonObject { ["type"] = type },
    };

    private static JsonObject Content(string mediaType, Type? type) => new()
    {
        [mediaType] = new JsonObject { ["schema"] = type is null ? new JsonObject { ["type"] = "string" } : new JsonObject { ["$ref"] = $"#/components/schemas/{type.Name}" } },
    };

    [GeneratedRegex(@"\{(?<name>\w+)\}", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex PathParameter();

    [GeneratedRegex(@"\w+", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Word();

    [GeneratedRegex(@"\W", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex NotWord();
}
