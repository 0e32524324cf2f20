using System.Text.Json.Nodes;

namespace Sluice.TestKit.Simulators.Elastic;

/// <summary>A refusal in the servers' form.</summary>
internal sealed class ElasticException(int status, string type, string reason, string? cause = null) : Exception(reason)
{
    public int Status => status;

    public string Type => type;

    public static ElasticException Illegal(string reason) => new(400, "illegal_argument_exception", reason);

    public static ElasticException NoIndex(string index) => new(404, "index_not_found_exception", $"no such index [{index}]");

    /// <summary>The error as an item of a bulk answer has it.</summary>
    public JsonObject ToError()
    {
        var error = new JsonObject { ["type"] = type, ["reason"] = Message };
        if (cause is not null)
        {
            error["caused_by"] = new JsonObject { ["type"] = "illegal_argument_exception", ["reason"] = cause };
        }

        return error;
    }

    /// <summary>The whole answer.</summary>
    public SimulatorAnswer ToAnswer()
    {
        var error = ToError();
        error["root_cause"] = new JsonArray(ToError());
        return SimulatorAnswer.Json(status, new JsonObject { ["error"] = error, ["status"] = status });
    }
}
