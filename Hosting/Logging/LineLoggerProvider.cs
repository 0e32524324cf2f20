using Microsoft.Extensions.Logging;

namespace Sluice.Hosting.Logging;

/// <summary>
/// Writes log events as lines of text to whoever shows them, so that a live display can keep its picture whole (the console logger of the framework writes past
/// it). Safe for concurrent use if <paramref name="write"/> is.
/// </summary>
/// <param name="write">Takes a line.</param>
/// <param name="lowest">Lowest level that is written.</param>
/// <param name="withTraces">Whether exceptions are written with their stack trace.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class LineLoggerProvider(Action<string> write, LogLevel lowest, bool withTraces, TimeProvider timeProvider) : ILoggerProvider
{
    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new LineLogger(this, categoryName);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private void Write(LogLevel level, EventId id, string category, string message, Exception? exception)
    {
        var name = level switch
        {
            LogLevel.Trace => "trace",
            LogLevel.Debug => "debug",
            LogLevel.Information => "info",
            LogLevel.Warning => "warning",
            LogLevel.Error => "error",
            _ => "critical",
        };
        var time = timeProvider.GetLocalNow().ToString("HH:mm:ss.fff", System.Globalization.CultureInfo.InvariantCulture);
        var detail = exception is null ? "" : withTraces ? $"\n{exception}" : $" ({exception.GetType().Name}: {exception.Message})";
        write($"{time} {name} {category}[{id.Id}] {Plain(message)}{(withTraces ? detail : Plain(detail))}");
    }

    /// <summary>A text that stays one line and steers no terminal: what comes from outside may hold line breaks and escape sequences.</summary>
    private static string Plain(string text)
    {
        if (!text.Any(char.IsControl))
        {
            return text;
        }

        return string.Create(text.Length, text, static (line, source) =>
        {
            for (var at = 0; at < line.Length; at++)
            {
                line[at] = char.IsControl(source[at]) ? ' ' : source[at];
            }
        });
    }

    private sealed class LineLogger(LineLoggerProvider owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None && logLevel >= owner.Lowest;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                owner.Write(logLevel, eventId, category, formatter(state, exception), exception);
            }
        }
    }

    private LogLevel Lowest { get; } = lowest;
}
