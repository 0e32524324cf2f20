using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Sluice.Hosting.Logging;

/// <summary>Writes log events as JSON, a line each: time, level, category, id, event, message, the message's values, and the exception. Safe for concurrent use if <paramref name="write"/> is.</summary>
/// <param name="write">Takes a line.</param>
/// <param name="lowest">Lowest level that is written.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class JsonLoggerProvider(Action<string> write, LogLevel lowest, TimeProvider timeProvider) : ILoggerProvider
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private LogLevel Lowest { get; } = lowest;

    /// <summary>Makes the line of something that is said to the person who runs the program.</summary>
    /// <param name="text">What is said.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <returns>The line.</returns>
    public static string Line(string text, TimeProvider timeProvider) => Format(timeProvider, LogLevel.Information, default, "Sluice", text, [], null);

    /// <summary>Makes the line of the failure that ends the program.</summary>
    /// <param name="text">The failure in words.</param>
    /// <param name="exception">What was thrown, where its trace is wanted; null otherwise.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <returns>The line.</returns>
    public static string Failure(string text, string? exception, TimeProvider timeProvider) =>
        Format(timeProvider, LogLevel.Error, default, "Sluice", text, exception is null ? [] : [new("Trace", exception)], null);

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new JsonLogger(this, categoryName);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static string Format(TimeProvider time, LogLevel level, EventId id, string category, string message, IEnumerable<KeyValuePair<string, object?>> values, Exception? exception)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, s_options))
        {
            json.WriteStartObject();
            json.WriteString("time", time.GetUtcNow());
            json.WriteString("level", level.ToString().ToLowerInvariant());
            json.WriteString("category", category);
            if (id.Id != 0)
            {
                json.WriteNumber("id", id.Id);
                json.WriteString("event", id.Name);
            }

            json.WriteString("message", message);
            json.WriteStartObject("values");
            foreach (var (name, value) in values)
            {
                if (name != "{OriginalFormat}")
                {
                    Write(json, name, value);
                }
            }

            json.WriteEndObject();
            if (exception is not null)
            {
                json.WriteString("exception", exception.ToString());
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static void Write(Utf8JsonWriter json, string name, object? value)
    {
        switch (value)
        {
            case null: json.WriteNull(name); break;
            case bool flag: json.WriteBoolean(name, flag); break;
            case sbyte or byte or short or ushort or int or uint or long: json.WriteNumber(name, Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture)); break;
            case double number when double.IsFinite(number): json.WriteNumber(name, number); break;
            default: json.WriteString(name, Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)); break;
        }
    }

    private sealed class JsonLogger(JsonLoggerProvider owner, string category) : ILogger
    {
        private readonly JsonLoggerProvider _owner = owner;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None && logLevel >= _owner.Lowest;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                _owner.Write(logLevel, eventId, category, formatter(state, exception), state as IEnumerable<KeyValuePair<string, object?>> ?? [], exception);
            }
        }
    }

    private void Write(LogLevel level, EventId id, string category, string message, IEnumerable<KeyValuePair<string, object?>> values, Exception? exception) =>
        write(Format(timeProvider, level, id, category, message, values, exception));
}
