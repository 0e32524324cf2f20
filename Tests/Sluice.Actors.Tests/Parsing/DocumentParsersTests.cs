using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Sluice.Actors.Parsing;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Tests.Parsing;

public sealed class DocumentParsersTests
{
    [Fact]
    public void Fingerprint_Parsers_NamesEachOnceWithItsVersion() =>
        new FormatRegistry((new FakeParser(Throwing), ["a/b"]), (new Sluice.Actors.Parsing.Text.PlainTextParser(), ["c/d", "e/f"])).Fingerprint.ShouldBe("fake:1 text:1");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ParseAsync_GzippedCsv_IsReadAsCsv(bool seekable)
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            await gzip.WriteAsync("a,b\n1,2\n"u8.ToArray());
        }

        var stream = seekable ? new MemoryStream(packed.ToArray()) : (Stream)new BufferedStream(new OneWay(packed.ToArray()));
        (await Parse.StreamAsync(stream, "x.csv.gz")).Shape().ShouldBe(["TableRow: 1 | 2"]);
    }

    [Fact]
    public async Task ParseAsync_LargerThanTheLimit_IsSkipped()
    {
        var options = new ParsingOptions { MaxDocumentBytes = 100 };
        foreach (var stream in new Stream[] { new MemoryStream(new byte[101]), new OneWay(Encoding.ASCII.GetBytes(new string('x', 101))) })
        {
            var exception = await Should.ThrowAsync<DocumentRejectedException>(() => Parse.StreamAsync(stream, "a.txt", options));
            exception.Rejection.ShouldBe(Rejection.Skip(Reasons.TooLarge, exception.Message));
        }
    }

    [Fact]
    public async Task ParseAsync_SourceFails_PassesTheFailureThrough()
    {
        foreach (var failure in new Exception[] { new IOException("disk"), new UnauthorizedAccessException("no"), new TransientException("later") })
        {
            var thrown = await Should.ThrowAsync<Exception>(() => Parse.StreamAsync(new OneWay(Encoding.ASCII.GetBytes("[1,2,3"), failure), "a.json"));
            thrown.ShouldBeSameAs(failure);
        }
    }

    [Fact]
    public async Task ParseAsync_ParserThrows_IsParserFailedWithTypeAndPlace()
    {
        var exception = await Should.ThrowAsync<DocumentRejectedException>(() => RunAsync(new FakeParser(Throwing)));

        exception.Rejection.Verdict.ShouldBe(Verdict.Dead);
        exception.Rejection.Reason.ShouldBe(Reasons.ParserFailed);
        exception.Message.ShouldContain(nameof(InvalidOperationException));
        exception.Message.ShouldContain("line 7");
        exception.InnerException.ShouldBeOfType<InvalidOperationException>();
    }

#pragma warning disable CA2201 // What the runtime throws is what is tested.
    public static TheoryData<Exception> WantsOfMemory => new(
        new OutOfMemoryException(), new InsufficientMemoryException(), new AggregateException(new InvalidOperationException("x"), new OutOfMemoryException()), new TypeInitializationException("T", new OutOfMemoryException()));
#pragma warning restore CA2201

    [Theory]
    [MemberData(nameof(WantsOfMemory), DisableDiscoveryEnumeration = true)]
    public async Task ParseAsync_ParserHasNoMemory_IsOfTheSurroundings(Exception thrown)
    {
        var rejection = (await Should.ThrowAsync<DocumentRejectedException>(() => RunAsync(new FakeParser(_ => ThrowingThat(thrown))))).Rejection;

        (rejection.Verdict, rejection.Reason, rejection.IsOfContent).ShouldBe((Verdict.Dead, Reasons.OutOfMemory, false));
        rejection.Message.ShouldContain("run again");
    }

    public static TheoryData<Exception> FailuresOfTheMachine => new(
        new System.ComponentModel.Win32Exception(24, "Too many open files"), new IOException("No space left on device"), new InvalidOperationException("x", new IOException("No space left on device")),
        new System.Reflection.TargetInvocationException(new UnauthorizedAccessException("not for you")));

    [Theory]
    [MemberData(nameof(FailuresOfTheMachine), DisableDiscoveryEnumeration = true)]
    public async Task ParseAsync_MachineFailsBelowItsParser_IsTriedAgain(Exception thrown) =>
        (await Should.ThrowAsync<IOException>(() => RunAsync(new FakeParser(_ => ThrowingThat(thrown))))).Message.ShouldContain((thrown.InnerException ?? thrown).Message);

    [Fact]
    public async Task ParseAsync_ParserHasNoStack_IsABomb() =>
        (await Should.ThrowAsync<DocumentRejectedException>(() => RunAsync(new FakeParser(_ => ThrowingThat(new InsufficientExecutionStackException()))))).Rejection.Reason.ShouldBe(Reasons.Bomb);

    [Fact]
    public async Task ParseAsync_ParserIsStuck_TimesOutByTheClock()
    {
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var release = new ManualResetEventSlim();
        var clock = new FakeTimeProvider();
        var parsing = RunAsync(new FakeParser(_ => Stuck(entered, release)), clock);
        await entered.Task;
        while (!parsing.IsCompleted)
        {
            // The limit is two minutes; each turn also lets the waiter set its timer.
            clock.Advance(TimeSpan.FromMinutes(1));
            await Task.Yield();
        }

        (await Should.ThrowAsync<DocumentRejectedException>(() => parsing)).Rejection.Reason.ShouldBe(Reasons.TimedOut);
        release.Set();
    }

    [Fact]
    public async Task ParseAsync_Cancelled_IsCancellationAndNoRejection()
    {
        using var cancellation = new CancellationTokenSource();
        await using var content = new DocumentContent("file:///a.txt", new TestKit.EndlessStream("line of text\n\n", 1L << 40));
        var seen = 0;
        var exception = await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in new DocumentParsers(new(), TimeProvider.System).ParseAsync(content, cancellation.Token))
            {
                if (++seen == 100)
                {
                    await cancellation.CancelAsync();
                }
            }
        });

        exception.CancellationToken.ShouldBe(cancellation.Token);
    }

    [Fact]
    public async Task ParseAsync_ReaderStopsEarly_StopsReadingTheSource()
    {
        var stream = new TestKit.EndlessStream("line of text\n\n", 1L << 40);
        await using var content = new DocumentContent("file:///a.txt", stream);
        await foreach (var section in new DocumentParsers(new(), TimeProvider.System).ParseAsync(content, CancellationToken.None))
        {
            section.Text.ShouldBe("line of text");
            break;
        }

        stream.Position.ShouldBeLessThan(4 << 20);
    }

    private static async Task<List<Section>> RunAsync(IFormatParser parser, TimeProvider? clock = null)
    {
        await using var content = new DocumentContent("file:///a.txt", new MemoryStream("text"u8.ToArray()));
        var parsers = new DocumentParsers(new(), clock ?? TimeProvider.System, new FormatRegistry((parser, [MediaTypes.PlainText])));
        var sections = new List<Section>();
        await foreach (var section in parsers.ParseAsync(content, CancellationToken.None))
        {
            sections.Add(section);
        }

        return sections;
    }

    private static async IAsyncEnumerable<Section> Throwing([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        yield return new Section(SectionKind.Paragraph, "text", new Place(0, 4) { Line = 7 });
        throw new InvalidOperationException("unforeseen");
    }

    private static async IAsyncEnumerable<Section> Stuck(TaskCompletionSource entered, ManualResetEventSlim release)
    {
        await Task.Yield();
        entered.SetResult();
        release.Wait();
        yield break;
    }

    private static async IAsyncEnumerable<Section> ThrowingThat(Exception exception)
    {
        await Task.Yield();
        yield return new(SectionKind.Paragraph, "before", new(0, 6));
        throw exception;
    }

    private sealed class FakeParser(Func<CancellationToken, IAsyncEnumerable<Section>> parse) : IFormatParser
    {
        public string Name => "fake";

        public int Version => 1;

        public IAsyncEnumerable<Section> ParseAsync(ParseInput input, CancellationToken cancellationToken) => parse(cancellationToken);
    }

    /// <summary>Bytes that can be read once, then, where given, a failure.</summary>
    private sealed class OneWay(byte[] bytes, Exception? failure = null) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;

        public override int Read(Span<byte> buffer)
        {
            var read = base.Read(buffer);
            return read == 0 && failure is not null ? throw failure : read;
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));
    }
}
