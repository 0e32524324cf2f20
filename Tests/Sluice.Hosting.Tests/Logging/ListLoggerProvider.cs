using Microsoft.Extensions.Logging;

namespace Sluice.Hosting.Tests.Logging;

/// <summary>Keeps what is logged.</summary>
/// <param name="messages">Takes the messages.</param>
internal sealed class ListLoggerProvider(List<string> messages) : ILoggerProvider, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (messages)
        {
            messages.Add(formatter(state, exception));
        }
    }

    public void Dispose()
    {
    }
}
