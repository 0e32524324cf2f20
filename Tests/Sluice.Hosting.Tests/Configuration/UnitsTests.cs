using Sluice.Hosting.Configuration;

namespace Sluice.Hosting.Tests.Configuration;

public sealed class UnitsTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("4096", 4096)]
    [InlineData("1,024", 1024)]
    [InlineData("64MiB", 64L << 20)]
    [InlineData("64 mib", 64L << 20)]
    [InlineData("64m", 64L << 20)]
    [InlineData("64MB", 64_000_000)]
    [InlineData("1.5KiB", 1536)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void ByteSize_Legal_IsRead(string text, long bytes)
    {
        ByteSize.TryParse(text, out var read).ShouldBeTrue();
        read.ShouldBe(bytes);
        ByteSize.TryParse(ByteSize.Format(bytes), out var again).ShouldBeTrue();
        again.ShouldBe(bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("MiB")]
    [InlineData("1 furlong")]
    [InlineData("0.5")]
    [InlineData("1.0001KiB")]
    [InlineData("99999999999999999999")]
    [InlineData("9000PiB")]
    [InlineData("79228162514264337593543950336")]
    public void ByteSize_Illegal_IsRefused(string text) => ByteSize.TryParse(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("500 milliseconds", 500)]
    [InlineData("1.5s", 1500)]
    [InlineData("2 minutes", 120_000)]
    [InlineData("2m", 120_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("1 day", 86_400_000)]
    public void Duration_Legal_IsRead(string text, long milliseconds)
    {
        DurationText.TryParse(text, out var read).ShouldBeTrue();
        read.ShouldBe(TimeSpan.FromMilliseconds(milliseconds));
        DurationText.TryParse(DurationText.Format(read), out var again).ShouldBeTrue();
        again.ShouldBe(read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("ms")]
    [InlineData("5 fortnights")]
    [InlineData("00:00:05")]
    [InlineData("99999999999d")]
    public void Duration_Illegal_IsRefused(string text) => DurationText.TryParse(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1000, "0.98 KiB")]
    [InlineData(1536, "1.50 KiB")]
    [InlineData(300L << 20, "300 MiB")]
    public void ByteSize_Humanize_HasThreeDigits(long bytes, string expected) => ByteSize.Humanize(bytes).ShouldBe(expected);

    [Theory]
    [InlineData("MaxDocumentBytes", "max-document-bytes")]
    [InlineData("S3", "s3")]
    [InlineData("HTTPTimeout", "http-timeout")]
    [InlineData("FullText", "full-text")]
    [InlineData("A", "a")]
    public void ToKebabCase_Name_IsTheKey(string name, string key) => OptionKey.ToKebabCase(name).ShouldBe(key);

    [Theory]
    [InlineData("ingst", "ingest")]
    [InlineData("serach", "search")]
    [InlineData("SEARCH", "search")]
    [InlineData("xyz", null)]
    [InlineData("", null)]
    public void Nearest_Word_IsFoundWhenNear(string word, string? expected) =>
        Suggestions.Nearest(word, ["ingest", "search", "status"]).ShouldBe(expected);

    [Theory]
    [InlineData("pg://u:p@h/d", "pg://u:***@h/d")]
    [InlineData("pg://u@h/d", "pg://u@h/d")]
    [InlineData("https://h/x?api_key=1&b=2", "https://h/x?api_key=***&b=2")]
    [InlineData("sqlite:./a.db", "sqlite:./a.db")]
    public void Redact_Uri_HidesOnlySecrets(string text, string expected) => Secrets.Redact(text).ShouldBe(expected);
}
