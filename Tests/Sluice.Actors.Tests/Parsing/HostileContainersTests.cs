using Sluice.Streams.Failures;
using Sluice.TestKit.Hostile;

namespace Sluice.Actors.Tests.Parsing;

public sealed class HostileContainersTests
{
    public static TheoryData<string> FileNames => new(HostileContainers.All().Select(static file => file.FileName));

    [Theory]
    [MemberData(nameof(FileNames))]
    public async Task ParseAsync_HostileFile_IsRefusedWithItsReasonOrRead(string fileName)
    {
        var (_, make, reason) = HostileContainers.All().Single(file => file.FileName == fileName);
        var bytes = make();

        if (reason is null)
        {
            (await ContainerFormats.ReadAsync(fileName, bytes)).ShouldNotBeEmpty();
            return;
        }

        var rejection = await ContainerFormats.RejectAsync(fileName, bytes);

        rejection.Reason.ShouldBe(reason, rejection.Message);
        rejection.Verdict.ShouldBe(reason == Reasons.Empty ? Verdict.Skipped : Verdict.Dead);
        rejection.Message.Length.ShouldBeInRange(20, 400);
    }

    [Theory]
    [InlineData(".pdf")]
    [InlineData(".docx")]
    [InlineData(".pptx")]
    [InlineData(".xlsx")]
    [InlineData(".epub")]
    public async Task ParseAsync_FileCutShortAnywhere_IsCorrupt(string extension)
    {
        var whole = Whole(extension);
        for (var share = 0.05; share < 0.95; share += 0.1)
        {
            var fileName = "cut" + extension;
            var bytes = HostileContainers.Truncated(whole, share);

            // What is left of a PDF may still hold its page; a cut zip archive never has its directory.
            try
            {
                await ContainerFormats.ReadAsync(fileName, bytes);
                extension.ShouldBe(".pdf");
            }
            catch (DocumentRejectedException exception)
            {
                exception.Rejection.Reason.ShouldBeOneOf(extension == ".pdf" ? [Reasons.Corrupt, Reasons.Empty] : [Reasons.Corrupt]);
            }
        }
    }

    [Theory]
    [InlineData(".pdf")]
    [InlineData(".docx")]
    [InlineData(".pptx")]
    [InlineData(".xlsx")]
    [InlineData(".epub")]
    [InlineData(".eml")]
    public async Task ParseAsync_BytesFlippedAnywhere_ReadsOrRejects(string extension)
    {
        var whole = Whole(extension);
        var random = new Random(20240301);
        for (var round = 0; round < 60; round++)
        {
            var bytes = (byte[])whole.Clone();
            for (var flip = random.Next(1, 6); flip > 0; flip--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            try
            {
                await ContainerFormats.ReadAsync("flipped" + extension, bytes);
            }
            catch (DocumentRejectedException exception)
            {
                exception.Rejection.Reason.ShouldBeOneOf(Reasons.Corrupt, Reasons.Empty, Reasons.Encrypted, Reasons.Bomb, Reasons.UnsupportedType);
            }
        }
    }

    private static byte[] Whole(string extension) => extension switch
    {
        ".pdf" => TestKit.Documents.SampleDocuments.Pdf(),
        ".docx" => TestKit.Documents.SampleDocuments.Docx(),
        ".pptx" => TestKit.Documents.SampleDocuments.Pptx(),
        ".xlsx" => TestKit.Documents.SampleDocuments.Xlsx(),
        ".epub" => TestKit.Documents.SampleDocuments.Epub(),
        _ => TestKit.Documents.SampleDocuments.Eml(),
    };
}
