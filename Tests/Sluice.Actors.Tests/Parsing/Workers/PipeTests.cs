using Shouldly;
using Sluice.Actors.Parsing.Workers;
using Sluice.Streams.Documents;
using Xunit;

namespace Sluice.Actors.Tests.Parsing.Workers;

/// <summary>What goes through the pipe between a worker and its parent, without either.</summary>
public sealed class PipeTests
{
    [Fact]
    public void Write_BreaksInTheMiddleOfAFrame_SendsWhatCameBeforeAndAfter()
    {
        using var sent = new MemoryStream();
        var pipe = new ParentPipe(sent);
        pipe.Write(static to => to.Begin(FrameKind.Alive).End(), now: false);
        Should.Throw<InvalidOperationException>(() => pipe.Write(static to => Break(to.Begin(FrameKind.Section).Add("half")), now: false));
        pipe.Write(static to => to.Begin(FrameKind.OutOfMemory).End(), now: true);

        sent.Position = 0;
        var frames = new FrameReader(sent, Frame.MaxPayload);
        frames.Read()!.Value.Kind.ShouldBe(FrameKind.Alive);
        frames.Read()!.Value.Kind.ShouldBe(FrameKind.OutOfMemory);
        frames.Read().ShouldBeNull();
    }

    [Fact]
    public void Read_SmallFramesBehindALargeOne_ReadsEachWhole()
    {
        using var sent = new MemoryStream();
        var pipe = new ParentPipe(sent);
        var sizes = new[] { 10, 3 << 20, 5, 70_000, 2 << 20, 0, 60_000 };
        foreach (var size in sizes)
        {
            pipe.Write(to => to.Begin(FrameKind.Picture).Add(Pattern(size)).End(), now: true);
        }

        sent.Position = 0;
        var frames = new FrameReader(sent, 4 << 20);
        foreach (var size in sizes)
        {
            frames.Read()!.Value.Payload.Span.SequenceEqual(Pattern(size)).ShouldBeTrue();
        }

        frames.Read().ShouldBeNull();
    }

    [Fact]
    public async Task WriteAsync_LittleTextBelowLongHeadings_WaitsForTheReader()
    {
        using var buffer = new SectionBuffer();
        var section = new Section(SectionKind.Paragraph, "x", new Place(0, 1));
        await buffer.WriteAsync(section, 1 << 20, CancellationToken.None);
        var second = buffer.WriteAsync(section, 1, CancellationToken.None).AsTask();
        second.IsCompleted.ShouldBeFalse();

        (await buffer.ReadAsync(CancellationToken.None)).ShouldBe(section);
        await second;
    }

    private static void Break(PayloadWriter to) => throw new InvalidOperationException($"broken after {to.Length} bytes");

    private static byte[] Pattern(int size)
    {
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        return bytes;
    }
}
