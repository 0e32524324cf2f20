using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Sluice.Hosting.Logging;

namespace Sluice.Hosting.Tests.Logging;

public sealed partial class LineLoggerProviderTests
{
    [Fact]
    public void Log_TextFromOutside_StaysOneLineAndSteersNoTerminal()
    {
        var lines = new List<string>();
        using var provider = new LineLoggerProvider(lines.Add, LogLevel.Information, withTraces: false, new FakeTimeProvider());
        Told(provider.CreateLogger("Sluice.Test"), new InvalidOperationException("in\rner"), "a\n00:00:00.000 error forged\u001b[2J\u009b");

        lines.ShouldHaveSingleItem().ShouldEndWith(" warning Sluice.Test[99] It was a 00:00:00.000 error forged [2J  (InvalidOperationException: in ner)");
    }

    [LoggerMessage(99, LogLevel.Warning, "It was {What}")]
    private static partial void Told(ILogger logger, Exception? exception, string what);
}
