using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using Sluice.Actors.Parsing;
using Sluice.Actors.Parsing.Workers;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.TestKit.Conformance;
using Sluice.TestKit.Hostile;

namespace Sluice.Hosting.Tests.Workers;

/// <summary>Workers that end when nobody expects it, and parents that do.</summary>
public sealed class WorkerDeathsTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ParseAsync_WorkerKilledAtAnySection_GivesEachSectionOnce(bool seekable)
    {
        await using var lab = new WorkerLab();
        var page = WorkerLab.LongPage();
        var expected = WorkerLab.Shown((await lab.ReadHereAsync(page, "long.html")).Sections);
        for (var at = 0; at < expected.Count; at += 1 + (at * 3))
        {
            var killAt = at;
            var (sections, rejection) = await lab.ReadAsync(page, "long.html", seekable, each: number =>
            {
                if (number == killAt)
                {
                    KillAll(lab);
                }
            });

            rejection.ShouldBeNull($"killed at section {at}");
            WorkerLab.Shown(sections).ShouldBe(expected, $"killed at section {at}");
        }

        lab.Deaths.ShouldNotBeEmpty();
        lab.Deaths.ShouldAllBe(static death => death.End == WorkerEnd.Killed);
    }

    /// <summary>Whoever kills workers at random, however often a document was under way when a process ended: an innocent document is never dead.</summary>
    [Fact]
    public async Task ParseAsync_RandomKills_NeverMakeAnInnocentDocumentDead()
    {
        await using var lab = new WorkerLab(count: 2);
        var page = WorkerLab.LongPage(2500);
        var expected = WorkerLab.Shown((await lab.ReadHereAsync(page, "long.html")).Sections);
        for (var seed = 0; seed < 12; seed++)
        {
            var random = new Random(seed);
            var left = 4; // A fifth one would be believed: see WorkerParse.
            var (sections, rejection) = await lab.ReadAsync(page, "long.html", seekable: random.Next(2) == 0, attempts: random.Next(100), each: number =>
            {
                if (left > 0 && random.Next(300) == 0)
                {
                    left--;
                    KillAll(lab);
                }
            });
            rejection.ShouldBeNull($"seed {seed}");
            WorkerLab.Shown(sections).ShouldBe(expected, $"seed {seed}");
        }
    }

    [Theory]
    [InlineData("printf 'no frame at all, and a long text at that, as a program might print it'; cat >/dev/null")]
    [InlineData("printf '\\377\\377\\377\\377\\177'; cat >/dev/null")]
    [InlineData("printf '\\103\\004\\000\\000\\000\\001\\001\\377\\377'; cat >/dev/null")]
    [InlineData("printf '\\102\\004\\000\\000\\000\\000\\000\\000\\000'; cat >/dev/null")] // Read, half an offset.
    [InlineData("printf '\\102\\000\\000\\000\\000'; cat >/dev/null")]
    [InlineData("printf '\\105\\001\\000\\000\\000\\001'; cat >/dev/null")] // Rejected, without a reason.
    [InlineData("printf '\\105\\000\\000\\000\\000'; cat >/dev/null")]
    [InlineData("printf '\\105\\013\\000\\000\\000\\011\\001\\000\\000\\000a\\000\\000\\000\\000\\000'; cat >/dev/null")] // A verdict that is none.
    [InlineData("printf '\\107\\002\\000\\000\\000\\001\\001'; cat >/dev/null")] // Failed, with half a text.
    [InlineData("printf '\\103\\000\\000\\000\\000'; cat >/dev/null")]
    [InlineData("printf '\\111\\000\\000\\000\\000'; cat >/dev/null")] // A picture that nobody asked for.
    [InlineData("exit 7")]
    [InlineData("kill -SEGV $$")]
    public async Task ParseAsync_WorkerTalksNonsenseOrEnds_IsDeadAfterTwoTries(string script)
    {
        await using var lab = new WorkerLab(command: Script(script));

        var (_, rejection) = await lab.ReadAsync("<p>A page.</p>"u8.ToArray(), "page.html");

        (rejection?.Reason).ShouldBe(Reasons.Crashed);
        lab.Deaths.Count.ShouldBe(2);
    }

    /// <summary>A worker that finds no memory before it has what it may have: the machine's fault, whatever it says or does then.</summary>
    [Theory]
    [InlineData("printf '\\106\\000\\000\\000\\000'; cat >/dev/null")]
    [InlineData("echo 'Out of memory.' >&2; exit 134")]
    public async Task ParseAsync_MachineHasNoMemory_IsNoBomb(string script)
    {
        await using var lab = new WorkerLab(command: Script(script), available: static () => 1 << 20);
        var (_, starved) = await lab.ReadAsync("<p>A page.</p>"u8.ToArray(), "page.html");
        (starved?.Reason, starved?.IsOfContent).ShouldBe((Reasons.OutOfMemory, false), starved?.Message);
        starved!.Message.ShouldContain("the machine had no memory");

        await using var roomy = new WorkerLab(command: Script(script), available: static () => 1L << 40);
        var (_, bomb) = await roomy.ReadAsync("<p>A page.</p>"u8.ToArray(), "page.html");
        bomb?.Reason.ShouldBe(Reasons.Bomb);
        bomb!.Message.ShouldContain("`sluice dead replay`");
    }

    /// <summary>Whoever ends workers from outside, five times even: that says something of the machine and nothing of the document.</summary>
    [Fact]
    public async Task ParseAsync_KilledFromOutsideAgainAndAgain_IsOfTheSurroundings()
    {
        await using var lab = new WorkerLab(command: Script("kill -KILL $$"));

        var (_, rejection) = await lab.ReadAsync("<p>A page.</p>"u8.ToArray(), "page.html");

        (rejection?.Reason, rejection?.IsOfContent).ShouldBe((Reasons.OutOfMemory, false), rejection?.Message);
        rejection!.Message.ShouldContain("5 times, by signal 9");
    }

    /// <summary>A place for its folder, a process, a handle: what a worker needs and does not get is no property of a document, and passes.</summary>
    [Fact]
    public async Task ParseAsync_MachineStartsNoProcess_SaysWhy()
    {
        using var folder = new ScratchFolder();
        var program = folder.File("program");
        await File.WriteAllTextAsync(program, "no program");
        await using var lab = new WorkerLab(command: new WorkerCommand(program, []));

        var failed = await Should.ThrowAsync<TransientException>(() => lab.ReadAsync("<p>A page.</p>"u8.ToArray(), "suspect.html", attempts: 9));

        failed.Message.ShouldContain("ermission denied");
    }

    [Theory]
    [InlineData(16)]
    [InlineData(200_000)] // More than the pipe takes: it is the parent's writing that stands.
    public async Task ParseAsync_WorkerFallsSilent_IsEndedAndTheDocumentTimedOut(int length)
    {
        var time = new FakeTimeProvider();
        await using var lab = new WorkerLab(new ParsingOptions { SectionTimeout = TimeSpan.FromSeconds(30) }, command: Script("exec sleep 1000"), time: time);
        var page = System.Text.Encoding.ASCII.GetBytes($"<p>A page.{new string('x', length)}</p>");
        var reading = lab.ReadAsync(page, "page.html");
        await WorkerFoundAsync(lab, static worker => worker.Documents > 0); // Its start has a limit of time too.
        while (!reading.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        (await reading).Rejection!.Reason.ShouldBe(Reasons.TimedOut);
        lab.Pool.Workers.ShouldBeEmpty();
    }

    /// <summary>One start that fails is no reason to parse without walls from then on, and none at all for what was under way when a process ended.</summary>
    [Fact]
    public async Task ParseAsync_WorkerCannotBeStarted_TriesAgainLaterAndNeverParsesASuspectHere()
    {
        using var folder = new ScratchFolder();
        var time = new FakeTimeProvider();
        var program = folder.File("program");
        await using var lab = new WorkerLab(command: new WorkerCommand(program, WorkerCommand.Find("")!.Arguments), time: time);
        var page = "<p>A page.</p>"u8.ToArray();

        await Should.ThrowAsync<TransientException>(() => lab.ReadAsync(page, "suspect.html", attempts: 9));
        (await lab.ReadAsync(page, "page.html")).Sections.Count.ShouldBe(1);
        lab.Pool.Started.ShouldBe(0);

        File.CreateSymbolicLink(program, WorkerCommand.Find("")!.File);
        (await lab.ReadAsync(page, "page.html")).Sections.Count.ShouldBe(1);
        lab.Pool.Started.ShouldBe(0, "it was tried a moment ago");
        time.Advance(TimeSpan.FromSeconds(31));
        (await lab.ReadAsync(page, "page.html")).Sections.Count.ShouldBe(1);
        lab.Pool.Started.ShouldBe(1);
        (await lab.ReadAsync(page, "suspect.html", attempts: 9)).Sections.Count.ShouldBe(1);
    }

    [Fact]
    public async Task ParseAsync_Cancelled_EndsItsWorkerAtOnce()
    {
        await using var lab = new WorkerLab();
        using var stop = new CancellationTokenSource();
        await using var content = new DocumentContent("file:///docs/hang.pdf", new MemoryStream(LethalPdfs.All["predictor-of-minus-one-column.pdf"].Bytes));
        var sections = lab.Parser.ParseAsync(content, stop.Token).GetAsyncEnumerator(CancellationToken.None);
        var next = sections.MoveNextAsync().AsTask();
        await WorkerFoundAsync(lab, static _ => true);

        await stop.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => next);
        await sections.DisposeAsync();
        lab.Pool.Workers.ShouldBeEmpty();
    }

    [Fact]
    public async Task Worker_ParentKilled_EndsThoughItsPipeIsOpenAndItsParserHangs()
    {
        // The shell is the parent, this test holds the pipes: nothing but the parent's death tells the worker.
        var program = WorkerCommand.Find("")!;
        using var shell = Start($"'{program.File}' {ParseWorker.Verb} $$ 1000000000; exit 0");
        await BeginHangingAsync(shell);

        shell.Kill();

        await EndOfOutputAsync(shell);
    }

    [Fact]
    public async Task Worker_PipeClosed_EndsThoughItsParserHangs()
    {
        var program = WorkerCommand.Find("")!;
        using var shell = Start($"exec '{program.File}' {ParseWorker.Verb} {Environment.ProcessId} 1000000000");
        await BeginHangingAsync(shell);

        shell.StandardInput.Close();

        await EndOfOutputAsync(shell);
    }

    private static WorkerCommand Script(string script) => new("/bin/sh", ["-c", $"printf '\\100\\001\\000\\000\\000\\000'; head -c 20 >/dev/null; {script}"]);

    private static Process Start(string script)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", script]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["DOTNET_ROOT"] = WorkerCommand.DotnetRoot;
        return Process.Start(start)!;
    }

    private static async Task BeginHangingAsync(Process process)
    {
        var frames = new FrameReader(process.StandardOutput.BaseStream, 0);
        (await frames.ReadAsync(CancellationToken.None))!.Value.Kind.ShouldBe(FrameKind.Hello);
        var bytes = LethalPdfs.All["predictor-of-minus-one-column.pdf"].Bytes;
        var payload = new PayloadWriter();
        payload.Begin(FrameKind.Setup).Add(new WorkerSetting(new ParsingOptions(), null, static (_, _) => { }).Setup).End();
        payload.Begin(FrameKind.Begin).Add("file:///docs/hang.pdf").Add((string?)null).Add((long)bytes.Length).Add(bytes.AsSpan()).End();
        await process.StandardInput.BaseStream.WriteAsync(payload.Written);
        await process.StandardInput.BaseStream.FlushAsync();
        for (var beats = 0; beats < 2; beats++)
        {
            (await frames.ReadAsync(CancellationToken.None))!.Value.Kind.ShouldBe(FrameKind.Alive, "it is at it");
        }
    }

    private static async Task EndOfOutputAsync(Process process)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var buffer = new byte[1024];
        while (await process.StandardOutput.BaseStream.ReadAsync(buffer, patience.Token) > 0)
        {
            // Whatever it said before.
        }
    }

    private static async Task WorkerFoundAsync(WorkerLab lab, Func<WorkerProcess, bool> isMeant)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!lab.Pool.Workers.Any(isMeant))
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private static void KillAll(WorkerLab lab)
    {
        foreach (var worker in lab.Pool.Workers)
        {
            try
            {
                using var process = Process.GetProcessById(worker.Id);
                process.Kill();
            }
            catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
            {
                // It has ended meanwhile.
            }
        }
    }
}
