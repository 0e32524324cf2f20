using Microsoft.Extensions.Logging;

namespace Sluice.Hosting.Logging;

/// <summary>
/// Between the engine and the log of a node: what the engine says of lost connections, with a stack trace each and once a connection, is left to level debug, for the
/// members' comings and goings are told in a line of their own.
/// </summary>
/// <param name="inner">The log; not owned.</param>
internal sealed class EngineLoggerFactory(ILoggerFactory inner) : ILoggerFactory
{
    private static readonly string[] s_transport = ["Disassociated", "Association with remote system", "ClusterSingletonProxy failed to find", "Marking node(s) as", "Tried to associate with unreachable remote"];

    public ILogger CreateLogger(string categoryName) => new EngineLogger(inner.CreateLogger("Akka"));

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    public void Dispose()
    {
    }

    private sealed class EngineLogger(ILogger inner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            ArgumentNullException.ThrowIfNull(formatter);
            var text = formatter(state, exception);
            var level = Array.Exists(s_transport, words => text.Contains(words, StringComparison.Ordinal)) ? LogLevel.Debug : logLevel;
            if (inner.IsEnabled(level))
            {
                inner.Log(level, eventId, level > LogLevel.Debug ? text.Split('\n')[0] : text, exception, static (line, _) => line);
            }
        }
    }
}
