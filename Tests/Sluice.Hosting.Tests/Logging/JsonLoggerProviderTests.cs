using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Sluice.Hosting.Logging;

namespace Sluice.Hosting.Tests.Logging;

public sealed partial class JsonLoggerProviderTests
{
    private readonly List<string> _lines = [];

    [Fact]
    public void Log_AnEvent_IsOneLineWithItsValues()
    {
        using var provider = new JsonLoggerProvider(_lines.Add, LogLevel.Information, new FakeTimeProvider());
        Told(provider.CreateLogger("Sluice.Test"), new InvalidOperationException("inner"), "a\nb \"c\"", 7);
        var json = JsonDocument.Parse(_lines.ShouldHaveSingleItem()).RootElement;
        _lines[0].ShouldNotContain('\n');
        json.GetProperty("level").GetString().ShouldBe("warning");
        json.GetProperty("id").GetInt32().ShouldBe(99);
        json.GetProperty("event").GetString().ShouldBe("Told");
        json.GetProperty("message").GetString().ShouldBe("It was a\nb \"c\" for 7 s");
        json.GetProperty("values").GetProperty("What").GetString().ShouldBe("a\nb \"c\"");
        json.GetProperty("values").GetProperty("Seconds").GetInt32().ShouldBe(7);
        json.GetProperty("exception").GetString()!.ShouldContain("inner");
    }

    [Fact]
    public void Log_BelowTheLowestLevel_IsNotWritten()
    {
        using var provider = new JsonLoggerProvider(_lines.Add, LogLevel.Error, new FakeTimeProvider());
        Told(provider.CreateLogger("x"), null, "y", 1);
        _lines.ShouldBeEmpty();
    }

    [LoggerMessage(99, LogLevel.Warning, "It was {What} for {Seconds} s")]
    private static partial void Told(ILogger logger, Exception? exception, string what, int seconds);
}
