using System.Text;
using MimeKit;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.TestKit.Documents;

namespace Sluice.Actors.Tests.Parsing.Mail;

public sealed class EmlParserTests
{
    /// <summary>MimeKit asks once, at its first use, which code pages there are; these tests use it themselves, before the parser.</summary>
    static EmlParserTests() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    [Fact]
    public async Task ParseAsync_PlainMessage_YieldsSubjectMetadataAndParagraphs()
    {
        var sections = await ContainerFormats.ReadAsync("a.eml", SampleDocuments.Eml());

        sections[0].Text.ShouldBe("Grüße vom Wehr");
        sections[0].Metadata!["from"].ShouldContain("joerg@example.org");
        sections[0].Metadata!["date"].ShouldBe("2024-03-01T08:30:00+00:00");
        sections.Texts(SectionKind.Paragraph).ShouldBe(["Das Wehr ist dicht.", "Bis morgen."]);
    }

    [Theory]
    [InlineData("plain words", "plain words")]
    [InlineData("  \r\n ", "html words")]
    public async Task ParseAsync_Alternative_PrefersPlainUnlessBlank(string plain, string expected)
    {
        var body = new MultipartAlternative(new TextPart("plain") { Text = plain }, new TextPart("html") { Text = "<p>html words</p>" });

        var sections = await ContainerFormats.ReadAsync("a.eml", SampleDocuments.Eml("s", body));

        sections.Texts(SectionKind.Paragraph).ShouldBe([expected]);
    }

    [Theory]
    [InlineData("iso-8859-1", "Gru\u00dfe")]
    [InlineData("utf-8", "Gr\u00fc\u00dfe \u6c34")]
    [InlineData("shift_jis", "\u6c34\u9580")]
    [InlineData("koi8-r", "\u0448\u043b\u044e\u0437")]
    public async Task ParseAsync_Charset_IsDecoded(string charset, string text)
    {
        var head = $"Subject: s\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset={charset}\r\n\r\n";
        byte[] bytes = [.. Encoding.ASCII.GetBytes(head), .. Encoding.GetEncoding(charset).GetBytes(text)];

        var sections = await ContainerFormats.ReadAsync("a.eml", bytes);

        sections.Texts(SectionKind.Paragraph).ShouldBe([text]);
    }

    [Fact]
    public async Task ParseAsync_UndeclaredLatin1_IsStillReadable()
    {
        byte[] bytes = [.. "Subject: s\r\n\r\nSchleusenw"u8, 0xE4, .. "rter\r\n"u8];

        (await ContainerFormats.ReadAsync("a.eml", bytes)).Texts(SectionKind.Paragraph).ShouldBe(["Schleusenwärter"]);
    }

    [Fact]
    public async Task ParseAsync_Attachments_ReadsTextAndMessagesAndNamesTheRest()
    {
        using var attached = SampleDocuments.Message("Re: gates", new TextPart("plain") { Text = "> old\n\nThe inner answer." });
        var body = new Multipart("mixed")
        {
            new TextPart("plain") { Text = "See attached." },
            new TextPart("plain") { Text = "log line", ContentDisposition = new ContentDisposition("attachment") { FileName = "run.log" } },
            new MessagePart("rfc822", attached),
            new MimePart("image", "png") { Content = new MimeContent(new MemoryStream([1, 2, 3])), FileName = "gate.png" },
        };

        var sections = await ContainerFormats.ReadAsync("a.eml", SampleDocuments.Eml("s", body));

        sections[0].Metadata!["attachments"].ShouldBe("gate.png");
        sections.Skip(1).Select(static section => (section.Text, section.Place.Part, string.Join('/', section.HeadingPath))).ShouldBe(
        [
            ("See attached.", null, ""),
            ("log line", "run.log", ""),
            ("Re: gates", "Re: gates", ""),
            ("> old", "Re: gates", "Re: gates"),
            ("The inner answer.", "Re: gates", "Re: gates"),
        ]);
    }

    [Fact]
    public async Task ParseAsync_FlowedText_JoinsLinesOfOneParagraph()
    {
        var part = new TextPart("plain") { Text = "a long \r\nline\r\n> quoted \r\n> too\r\n" };
        part.ContentType.Parameters["format"] = "flowed";

        (await ContainerFormats.ReadAsync("a.eml", SampleDocuments.Eml("s", part))).Texts(SectionKind.Paragraph).ShouldBe(["a long line\n> quoted too"]);
    }

    [Fact]
    public async Task ParseAsync_EncryptedMessage_IsEncrypted()
    {
        var body = new MimePart("application", "pkcs7-mime") { Content = new MimeContent(new MemoryStream([1])) };
        body.ContentType.Parameters["smime-type"] = "enveloped-data";

        (await ContainerFormats.RejectAsync("a.eml", SampleDocuments.Eml("s", body))).Reason.ShouldBe(Reasons.Encrypted);
    }

    [Fact]
    public async Task ParseAsync_NoText_IsEmpty() =>
        (await ContainerFormats.RejectAsync("a.eml", SampleDocuments.Eml("s", new TextPart("plain") { Text = " " }))).Reason.ShouldBe(Reasons.Empty);

    [Fact]
    public async Task ParseAsync_MessagesWithinEachOther_AreReadUpToTheLimit()
    {
        var sections = await ContainerFormats.ReadAsync("a.eml", TestKit.Hostile.HostileContainers.DeepEml(20));

        sections[^1].Text.ShouldBe("the core");
        sections[^1].HeadingPath.Count.ShouldBe(20);
    }
}
