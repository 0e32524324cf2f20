using Sluice.Actors.Parsing;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.TestKit.Documents;
using Sluice.TestKit.Hostile;

namespace Sluice.Hosting.Tests.Workers;

/// <summary>What comes out of a worker is what the same parser gives in this process.</summary>
public sealed class WorkerDocumentsTests
{
    public static TheoryData<string> Names => [.. HostileFiles.All.Select(static file => file.Name)];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ParseAsync_LongPage_IsWhatItIsHere(bool seekable)
    {
        await using var lab = new WorkerLab();
        var page = WorkerLab.LongPage();

        var (sections, rejection) = await lab.ReadAsync(page, "long.html", seekable);

        rejection.ShouldBeNull();
        WorkerLab.Shown(sections).ShouldBe(WorkerLab.Shown((await lab.ReadHereAsync(page, "long.html")).Sections));
        lab.Pool.Started.ShouldBe(1);
    }

    [Fact]
    public async Task ParseAsync_HostileFiles_AreRejectedAsTheyAreHere()
    {
        await using var lab = new WorkerLab(count: 2);
        await Parallel.ForEachAsync(HostileFiles.All.Where(static file => file.ToArray().Length < 1 << 20), new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (file, _) =>
        {
            var bytes = file.ToArray();
            var here = await lab.ReadHereAsync(bytes, file.Name);
            var there = await lab.ReadAsync(bytes, file.Name, seekable: bytes.Length % 2 == 0, attempts: 1); // Suspects go to a worker whatever they are.

            there.Rejection.ShouldBe(here.Rejection, file.Name);
            WorkerLab.Shown(there.Sections).ShouldBe(WorkerLab.Shown(here.Sections), file.Name);
        });
        lab.Deaths.ShouldBeEmpty();
    }

    [Fact]
    public async Task ParseAsync_HarmlessFormats_StartNoWorker()
    {
        await using var lab = new WorkerLab();
        foreach (var (name, text) in new[] { ("a.txt", "Some text."), ("a.csv", "a,b\n1,2\n"), ("a.tsv", "a\tb\n1\t2\n"), ("a.jsonl", "{\"a\":1}\n{\"a\":2}\n"), ("a.cs", "class A { }"), ("a.bin", "\0\u0001\u0002\0\u0003") })
        {
            await lab.ReadAsync(System.Text.Encoding.UTF8.GetBytes(text), name, seekable: false);
        }

        lab.Pool.Started.ShouldBe(0);
        var (sections, _) = await lab.ReadAsync("Some text."u8.ToArray(), "a.txt", attempts: 1);
        sections.ShouldContain(static section => section.Text == "Some text.");
        lab.Pool.Started.ShouldBe(1, "a document that was under way when a process ended is not parsed in this one");
    }

    [Fact]
    public async Task ParseAsync_ManyDocuments_ReplacesItsWorker()
    {
        await using var lab = new WorkerLab(new ParsingOptions { Workers = new() { Documents = 3 } });
        for (var number = 0; number < 7; number++)
        {
            (await lab.ReadAsync("<p>A page.</p>"u8.ToArray(), "page.html")).Sections.ShouldNotBeEmpty();
        }

        lab.Pool.Started.ShouldBe(3);
        lab.Pool.Workers.Count.ShouldBe(1);
    }

    [Fact]
    public async Task ParseAsync_SourceFails_FailsAsTheSourceDid()
    {
        await using var lab = new WorkerLab();
        await using var content = new DocumentContent("file:///docs/a.html", new FailingStream(WorkerLab.LongPage(), 200_000));
        var thrown = await Should.ThrowAsync<UnauthorizedAccessException>(async () =>
        {
            await foreach (var _ in lab.Parser.ParseAsync(content, CancellationToken.None))
            {
                // Nothing is lost of what comes before.
            }
        });

        thrown.Message.ShouldBe("not for you");
        (await lab.ReadAsync("<p>A page.</p>"u8.ToArray(), "page.html")).Sections.ShouldNotBeEmpty();
        lab.Pool.Started.ShouldBe(1, "it is not the worker's fault");
    }

    [Fact]
    public async Task ParseAsync_Scan_IsRecognisedByThisProcess()
    {
        await using var lab = new WorkerLab();
        var scan = SampleDocuments.Scans((SampleDocuments.Scan("A volcano erupts when magma from below the crust reaches the surface."), []));

        var (sections, rejection) = await lab.ReadAsync(scan, "scan.pdf");

        rejection.ShouldBeNull();
        WorkerLab.Shown(sections).ShouldBe(WorkerLab.Shown((await lab.ReadHereAsync(scan, "scan.pdf")).Sections));
        sections.ShouldContain(static section => section.Text.Contains("volcano", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Workers_OnLinux_HaveNoEnvironmentNoCoreAndFewFiles()
    {
        await using var lab = new WorkerLab();
        await lab.ReadAsync("<p>A page.</p>"u8.ToArray(), "page.html");
        var worker = lab.Pool.Workers.ShouldHaveSingleItem();

        var limits = await File.ReadAllLinesAsync($"/proc/{worker.Id}/limits");
        limits.Single(static line => line.StartsWith("Max core file size", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[4].ShouldBe("0");
        limits.Single(static line => line.StartsWith("Max open files", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[4].ShouldBe("256");
        limits.Single(static line => line.StartsWith("Max address space", StringComparison.Ordinal)).ShouldNotContain("unlimited");
        limits.Single(static line => line.StartsWith("Max cpu time", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[3].ShouldNotBe("unlimited");
        var names = (await File.ReadAllTextAsync($"/proc/{worker.Id}/environ")).Split('\0', StringSplitOptions.RemoveEmptyEntries).Select(static entry => entry[..entry.IndexOf('=', StringComparison.Ordinal)]);
        names.ShouldAllBe(static name => name.StartsWith("DOTNET_", StringComparison.Ordinal) || name.StartsWith("LC_", StringComparison.Ordinal) || name == "PATH" || name == "LANG" || name == "TZ" || name == "TMPDIR" || name == "LD_LIBRARY_PATH");
        new FileInfo($"/proc/{worker.Id}/cwd").LinkTarget!.ShouldContain("sluice-worker-");
    }

    /// <summary>A source that fails after so many bytes.</summary>
    private sealed class FailingStream(byte[] bytes, int after) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer) => Position < after ? base.Read(buffer) : throw new UnauthorizedAccessException("not for you");

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));
    }
}
