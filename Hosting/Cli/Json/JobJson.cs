using System.Text.Json;
using Sluice.Streams.Ledger;

namespace Sluice.Hosting.Cli.Json;

/// <summary>A job as JSON.</summary>
internal static class JobJson
{
    /// <summary>Writes it, with how far it is.</summary>
    /// <param name="json">The writer.</param>
    /// <param name="record">The job.</param>
    public static void Write(Utf8JsonWriter json, JobRecord record)
    {
        json.WriteStartObject();
        json.WriteNumber("job", record.Id);
        json.WriteString("name", record.Submission.Name);
        json.WriteString("state", record.State.ToString().ToLowerInvariant());
        json.WriteString("wish", record.Wish.ToString().ToLowerInvariant());
        json.WriteNumber("weight", record.Submission.Weight);
        json.WriteStartArray("sources");
        foreach (var source in record.Submission.Sources)
        {
            json.WriteStringValue(Configuration.Secrets.Redact(source));
        }

        json.WriteEndArray();
        json.WriteNumber("sourcesDone", record.SourcesDone);
        json.WriteString("submitted", record.Submitted);
        Write(json, "began", record.Began);
        Write(json, "ended", record.Ended);
        json.WriteString("reason", record.Reason);
        json.WritePropertyName("progress");
        if (record.Progress is { } progress)
        {
            json.WriteRawValue(progress);
        }
        else
        {
            json.WriteNullValue();
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, DateTimeOffset? time)
    {
        if (time is { } known)
        {
            json.WriteString(name, known);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
