using Sluice.Faults;
using Sluice.Streams.Failures;
using Sluice.TestKit.Documents;

namespace Sluice.Hosting.Tests.EndToEnd;

/// <summary>Scanned documents through the real program, with poppler and without.</summary>
public sealed class RecognitionTests
{
    private static readonly byte[] s_scan = SampleDocuments.Scans(
        (SampleDocuments.Scan("A volcano erupts when magma from below the crust reaches the surface."), []),
        (SampleDocuments.Scan("Knead flour, water, salt and yeast into a dough and bake the loaf in a hot oven."), []));

    [Fact]
    public async Task Ingest_ScannedPdf_IsDeadWithoutPopplerAndFoundOnceItIsThere()
    {
        using var place = await Workplace.CreateAsync();
        place.Write("moon.md", "# The Moon\n\nThe Moon circles the Earth in twenty-seven days.\n");
        await File.WriteAllBytesAsync(Path.Combine(place.Docs, "scan.pdf"), s_scan);
        await File.WriteAllBytesAsync(Path.Combine(place.Docs, "photo.jpg"), SampleDocuments.Scan("The bowline makes a loop at the end of a rope."));

        var without = (await RunWithoutPopplerAsync(place, "ingest", "docs", "--json")).ShouldEnd(3);
        without["indexed"].ShouldBe(1);
        without.Counts("deadByReason").ShouldBe(new Dictionary<string, long> { [Reasons.MissingProgram] = 1 });
        without.Counts("skippedByReason").ShouldBe(new Dictionary<string, long> { [Reasons.Binary] = 1 });
        (await place.RunAsync("dead", "list", "--json")).ShouldEnd(0).Output.ShouldContain("apt-get install poppler-utils");

        (await place.RunAsync("dead", "replay", "--all")).ShouldEnd(0);
        var with = (await place.IngestAsync()).ShouldEnd(0);
        with["indexed"].ShouldBe(1);
        var hit = (await place.RunAsync("search", "--json", "how is bread baked")).ShouldEnd(0).Json[0];
        hit.GetProperty("text").GetString()!.ShouldContain("Knead flour, water, salt and yeast");
        hit.GetProperty("page").GetInt32().ShouldBe(2);
        hit.GetProperty("metadata").GetProperty("ocr").GetString().ShouldBe("true");

        // Another mode is another configuration: everything is looked at again.
        var always = (await place.IngestAsync("--ocr", "always")).ShouldEnd(0);
        always["indexed"].ShouldBe(3);
        (await place.SearchAsync("which knot makes a loop"))[0].ShouldBe("photo.jpg");
        var off = (await place.IngestAsync("--ocr", "off")).ShouldEnd(0);
        off.Counts("skippedByReason").ShouldBe(new Dictionary<string, long> { [Reasons.Binary] = 1, [Reasons.Empty] = 1 }, ignoreOrder: true);
        await place.VerifyAsync();
    }

    [Fact]
    public async Task Ingest_AlwaysWithoutPoppler_IsAnErrorOfOneLineBeforeAnythingIsWritten()
    {
        using var place = await Workplace.CreateAsync();
        place.Write("moon.md", "# The Moon\n");

        var run = await RunWithoutPopplerAsync(place, "ingest", "docs", "--ocr", "always");

        run.ExitCode.ShouldBe(2, run.Errors);
        run.Errors.Trim().Split('\n').ShouldHaveSingleItem().ShouldContain("sluice.parsing.ocr.mode = always: the program pdftoppm is missing");
        File.Exists(place.Database).ShouldBeFalse();
    }

    [Fact]
    public async Task Ingest_UnknownMode_NamesThoseThereAre()
    {
        using var place = await Workplace.CreateAsync();

        var run = await place.RunAsync("ingest", "docs", "--ocr", "sometimes");

        run.ExitCode.ShouldBe(2, run.Errors);
        run.Errors.ShouldContain("--ocr");
        run.Errors.ShouldContain("auto");
        run.Errors.ShouldContain("always");
    }

    private static async Task<Outcome> RunWithoutPopplerAsync(Workplace place, params string[] arguments)
    {
        var environment = new Dictionary<string, string>(Workplace.Environment, StringComparer.Ordinal) { ["PATH"] = place.Docs };
        using var run = SluiceProcess.Start(place.Path, environment, arguments);
        return await Workplace.EndOfAsync(run);
    }
}
