using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.TestKit.Simulators.Elastic;

public sealed partial class ElasticSimulator
{
    private SimulatorAnswer Bulk(SimulatorRequest request, string? named)
    {
        if (request.Body.IsEmpty || request.Body.Span[^1] != (byte)'\n')
        {
            throw ElasticException.Illegal("The bulk request must be terminated by a newline [\\n]");
        }

        var items = new JsonArray();
        var errors = false;
        var touched = new HashSet<SimulatedIndex>();
        var lines = Lines(request.Body);
        for (var line = 0; line < lines.Count; line++)
        {
            using var metadata = JsonDocument.Parse(lines[line]);
            var action = metadata.RootElement.EnumerateObject().Single();
            var id = action.Value.TryGetProperty("_id", out var given) ? given.GetString()! : Guid.NewGuid().ToString("N");
            var name = action.Value.TryGetProperty("_index", out var other) ? other.GetString()! : named ?? throw new ElasticException(400, "action_request_validation_exception", "Validation Failed: 1: index is missing;");
            if (Encoding.UTF8.GetByteCount(id) is 0 or > 512)
            {
                throw ElasticException.Illegal($"id [{id}] is too long, must be no longer than 512 bytes");
            }

            using var body = action.Name == "delete" ? null : JsonDocument.Parse(lines[++line]);
            JsonObject item;
            try
            {
                if (RefuseItem?.Invoke(action.Name, id) is var (status, type))
                {
                    throw new ElasticException(status, type, $"the simulator was told to refuse [{id}]");
                }

                var index = Index(name);
                touched.Add(index);
                item = index.Act(action.Name, id, body?.RootElement ?? default);
            }
            catch (ElasticException exception)
            {
                errors = true;
                item = new JsonObject { ["_index"] = name, ["_id"] = id, ["status"] = exception.Status, ["error"] = exception.ToError() };
            }

            items.Add(new JsonObject { [action.Name] = item });
        }

        if (request.Parameter("refresh") is "" or "true" or "wait_for")
        {
            foreach (var index in touched)
            {
                index.Refresh();
            }
        }

        return SimulatorAnswer.Json(200, new JsonObject { ["took"] = 1, ["errors"] = errors, ["items"] = items });
    }

    private SimulatorAnswer OpenPoint(SimulatedIndex index, SimulatorRequest request)
    {
        if (request.Parameter("keep_alive") is null)
        {
            throw new ElasticException(400, "action_request_validation_exception", "Validation Failed: 1: [keep_alive] is not specified;");
        }

        var id = Convert.ToBase64String(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"point-{_points.Count}-{Guid.NewGuid():N}")));
        _points[id] = (index, index.Seen);
        return SimulatorAnswer.Json(200, edition.IsOpenSearch
            ? new JsonObject { ["pit_id"] = id, ["_shards"] = SearchRunner.Shards(), ["creation_time"] = 0 }
            : new JsonObject { ["id"] = id, ["_shards"] = SearchRunner.Shards() });
    }

    private SimulatorAnswer SearchPoint(JsonElement body)
    {
        var id = body.GetProperty("pit").GetProperty("id").GetString()!;
        return _points.TryGetValue(id, out var point)
            ? SimulatorAnswer.Json(200, SearchRunner.Run(body, point.Index, point.Seen, edition, id))
            : throw new ElasticException(404, "search_context_missing_exception", $"No search context found for id [{id}]");
    }

    private SimulatorAnswer ClosePoint(string id) => _points.Remove(id)
        ? SimulatorAnswer.Json(200, edition.IsOpenSearch ? new JsonObject { ["pits"] = new JsonArray(new JsonObject { ["successful"] = true, ["pit_id"] = id }) } : new JsonObject { ["succeeded"] = true, ["num_freed"] = 1 })
        : throw new ElasticException(404, "search_context_missing_exception", $"No search context found for id [{id}]");

    private static List<ReadOnlyMemory<byte>> Lines(ReadOnlyMemory<byte> body)
    {
        var lines = new List<ReadOnlyMemory<byte>>();
        while (!body.IsEmpty)
        {
            var end = body.Span.IndexOf((byte)'\n');
            if (end > 0)
            {
                lines.Add(body[..end]);
            }

            body = body[(end + 1)..];
        }

        return lines;
    }
}
