using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using System.Text.Json;
using Sluice.Streams.Failures;
using Sluice.TestKit.Hostile;

namespace Sluice.Hosting.Tests.EndToEnd;

/// <summary>Folders made to do harm: no crash, no hang, and each file is accounted for with a reason.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class HostileTests
{
    // What much text costs is the model's time; the parsers' own tests read the large files too.
    private const long LargestIndexed = 16 << 10;
    private const long LargestDead = 512 << 10;

    private static readonly string[] s_muchText = ["truncated.txt.gz", "no-trailer.txt.gz", "wrong-checksum.txt.gz", "flipped.txt.gz"];

    private static readonly string[] s_limits = ["--set", "parsing.max-expanded-bytes=256KiB"];

    /// <summary>What the parser of the format would say otherwise, were its content not recognized as something else before, or not larger than <see cref="s_limits"/>.</summary>
    private static readonly Dictionary<string, string> s_otherwise = new(StringComparer.Ordinal)
    {
        ["many-entries.docx"] = $"skipped {Reasons.UnsupportedType}",
        ["no-headers.eml"] = $"skipped {Reasons.Binary}",
        ["damaged.xlsx"] = $"dead {Reasons.Bomb}",
    };

    [Fact]
    public async Task Ingest_HostileFolder_AccountsForEveryFile()
    {
        using var place = await Workplace.CreateAsync();
        var expected = WriteHostile(place);
        place.Write("good/lighthouse.md", "# The lighthouse\n\nThe keeper of the lighthouse lights the lamp at dusk.\n");
        expected.Add("good/lighthouse.md", "indexed");
        expected.Count.ShouldBeGreaterThan(115);

        var run = (await place.IngestUnprivilegedAsync(s_limits)).ShouldEnd(3);

        run["discovered"].ShouldBe(expected.Count);
        run["pending"].ShouldBe(0);
        var dead = (await place.RunAsync("dead", "list", "--json")).ShouldEnd(0).Json.EnumerateArray().ToList();
        var actualDead = dead.ToDictionary(letter => NameOf(place, letter), static letter => "dead " + letter.GetProperty("reason").GetString(), StringComparer.Ordinal);
        actualDead.ShouldBe(expected.Where(static entry => entry.Value.StartsWith("dead", StringComparison.Ordinal)).ToDictionary(StringComparer.Ordinal), ignoreOrder: true);
        run.Counts("deadByReason").ShouldBe(Counts(expected, "dead "), ignoreOrder: true);
        run.Counts("skippedByReason").ShouldBe(Counts(expected, "skipped "), ignoreOrder: true);
        run["indexed"].ShouldBe(expected.Values.Count(static value => value == "indexed"));
        foreach (var letter in dead)
        {
            // Words for a person: a sentence, no type name, no stack trace.
            var message = letter.GetProperty("message").GetString()!;
            message.Length.ShouldBeInRange(15, 600, message);
            message.ShouldNotContain("Exception");
            message.ShouldNotContain("   at ");
        }

        await place.VerifyAsync();
        (await place.SearchAsync("who lights the lamp"))[0].ShouldBe("lighthouse.md");
        await AgainAsync(place, expected, dead.Count);
    }

    [Fact]
    public async Task Ingest_FilesVanishAndChangeMeanwhile_AccountsForThemAsTheyAreRead()
    {
        using var place = await Workplace.CreateAsync();
        Corpus.WriteMany(place);
        var last = Directory.GetFiles(Path.Combine(place.Docs, "3"));

        // One document at a time, so that the last ones are read long after they were listed.
        using var run = place.StartSlowly("--set", "pipeline.documents-in-flight=1", "--set", "pipeline.packing-window-tokens=256");
        await Workplace.EmbeddingAsync(run);
        await run.SignalAsync("STOP");
        foreach (var file in last[..5])
        {
            File.Delete(file);
        }

        foreach (var file in last[5..])
        {
            await File.AppendAllTextAsync(file, "\nThe walrus came last.\n");
        }

        await run.SignalAsync("CONT");
        var outcome = (await Workplace.EndOfAsync(run)).ShouldEnd(0);

        outcome["discovered"].ShouldBe(40);
        outcome.Counts("skippedByReason").GetValueOrDefault(Reasons.Vanished).ShouldBeInRange(1, 5);
        outcome["indexed"].ShouldBe(40 - outcome["skipped"]);
        (await place.SearchAsync("--mode", "fts", "-k", "50", "walrus")).Length.ShouldBeGreaterThan(0);
        var next = (await place.IngestAsync()).ShouldEnd(0);
        next["discovered"].ShouldBe(35);
        next["removed"].ShouldBe(5);
        await place.VerifyAsync();
        (await place.ChunksAsync()).ShouldBe(await place.UninterruptedAsync(), ignoreOrder: true);
    }

    /// <summary>Further runs over the same folder; dead letters are left alone, tried again when asked, and given up.</summary>
    private static async Task AgainAsync(Workplace place, Dictionary<string, string> expected, int dead)
    {
        var second = (await place.IngestUnprivilegedAsync(s_limits)).ShouldEnd(3);
        second["dead"].ShouldBe(dead);
        second["indexed"].ShouldBe(0);
        second.Embedded.ShouldBe(0);
        second["discovered"].ShouldBe(expected.Count);

        // One is mended, and all are tried again: only that one comes through.
        var mended = expected.First(static entry => entry.Value == "dead corrupt" && entry.Key.EndsWith("truncated.json", StringComparison.Ordinal)).Key;
        place.Write(mended, "[{\"a\":\"mended by hand\"}]");
        var replay = (await place.RunAsync("dead", "replay", "--all")).ShouldEnd(0);
        replay.Output.ShouldContain(string.Create(CultureInfo.InvariantCulture, $"{dead} documents will be tried again"));
        var third = (await place.IngestUnprivilegedAsync(s_limits)).ShouldEnd(3);
        third["dead"].ShouldBe(dead - 1);
        third["indexed"].ShouldBe(1);
        (await place.SearchAsync("--mode", "fts", "mended by hand"))[0].ShouldBe("truncated.json");

        (await place.RunAsync("dead", "drop", "--all")).ShouldEnd(0).Output.ShouldContain(string.Create(CultureInfo.InvariantCulture, $"dropped {dead - 1} "));
        var fourth = (await place.IngestUnprivilegedAsync(s_limits)).ShouldEnd(0);
        fourth["dead"].ShouldBe(0);
        fourth.Counts("skippedByReason")[Reasons.Dropped].ShouldBe(dead - 1);
        (await place.RunAsync("dead", "list", "--json")).ShouldEnd(0).Json.GetArrayLength().ShouldBe(0);
        await place.VerifyAsync();
    }

    /// <summary>Writes all hostile files that are small enough.</summary>
    /// <returns>By path below the folder, how each must be accounted for.</returns>
    private static Dictionary<string, string> WriteHostile(Workplace place)
    {
        var expected = new Dictionary<string, string>(StringComparer.Ordinal);
        Directory.CreateDirectory(Path.Combine(place.Docs, "containers"));
        foreach (var file in HostileFiles.All)
        {
            var path = file.WriteTo(place.Docs);
            if (new FileInfo(path).Length > (file.Verdict is null ? LargestIndexed : LargestDead) || s_muchText.Contains(file.Name, StringComparer.Ordinal))
            {
                File.Delete(path);
                continue;
            }

            expected.Add(file.Name, file.Verdict is { } verdict ? $"{(verdict == Verdict.Dead ? "dead" : "skipped")} {file.Reason}" : "indexed");
        }

        foreach (var (name, make, reason) in HostileContainers.All())
        {
            File.WriteAllBytes(Path.Combine(place.Docs, "containers", name), make());
            expected.Add("containers/" + name, s_otherwise.GetValueOrDefault(name) is { } otherwise ? otherwise : reason is null ? "indexed" : $"{(reason == Reasons.Empty ? "skipped" : "dead")} {reason}");
        }

        WriteSpecial(place.Docs, expected);
        return expected;
    }

    private static void WriteSpecial(string docs, Dictionary<string, string> expected)
    {
        File.CreateSymbolicLink(Path.Combine(docs, "loop-to-the-top"), docs); // Everything below is listed already.
        File.CreateSymbolicLink(Path.Combine(docs, "containers", "loop-back"), "../containers");
        File.CreateSymbolicLink(Path.Combine(docs, "link-to-itself"), "link-to-itself");
        expected.Add("link-to-itself", $"skipped {Reasons.NotAFile}");
        File.CreateSymbolicLink(Path.Combine(docs, "dangling.md"), "nowhere.md");
        expected.Add("dangling.md", $"skipped {Reasons.Vanished}");
        using (var fifo = Process.Start("mkfifo", [Path.Combine(docs, "pipe.txt")]))
        {
            fifo.WaitForExit();
            fifo.ExitCode.ShouldBe(0);
        }

        expected.Add("pipe.txt", $"skipped {Reasons.NotAFile}");
        var secret = Path.Combine(docs, "secret.md");
        File.WriteAllText(secret, "not for you");
        File.SetUnixFileMode(secret, UnixFileMode.None);
        expected.Add("secret.md", $"dead {Reasons.Unreadable}");
    }

    private static string NameOf(Workplace place, JsonElement letter) =>
        Path.GetRelativePath(place.Docs, new Uri(letter.GetProperty("uri").GetString()!).LocalPath);

    private static Dictionary<string, long> Counts(Dictionary<string, string> expected, string verdict) => expected.Values
        .Where(value => value.StartsWith(verdict, StringComparison.Ordinal))
        .GroupBy(value => value[verdict.Length..], StringComparer.Ordinal)
        .ToDictionary(static group => group.Key, static group => group.LongCount(), StringComparer.Ordinal);
}
