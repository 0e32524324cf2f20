using System.Runtime.Versioning;
using Microsoft.Data.Sqlite;

namespace Sluice.Hosting.Tests.EndToEnd;

/// <summary>Databases that are full, read-only or none: clear words, nothing broken.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class StorageTests
{
    [Fact]
    public async Task Ingest_DatabaseFull_FailsInWordsAndTheNextRunCompletes()
    {
        using var place = await Workplace.CreateAsync();
        Corpus.WriteMany(place, files: 30, paragraphs: 8);

        var full = await place.IngestAsync("--set", "sinks.sqlite.max-pages=60");

        full.ExitCode.ShouldBe(1, full.Errors);
        full.Errors.ShouldContain($"There is no room left for '{place.Database}'");
        full.Errors.ShouldNotContain("unexpected");
        full.Json.GetProperty("outcome").GetString().ShouldBe("failed");
        full.Json.GetProperty("error").GetString()!.ShouldContain("Make room and run again");
        Check(place.Database).ShouldBe("ok");
        await place.VerifyAsync();

        var rest = (await place.IngestAsync()).ShouldEnd(0);
        rest["pending"].ShouldBe(0);
        Check(place.Database).ShouldBe("ok");
        await place.VerifyAsync();
        (await place.ChunksAsync()).ShouldBe(await place.UninterruptedAsync(), ignoreOrder: true);
    }

    [Fact]
    public async Task Ingest_DatabaseIsAFolder_SaysSo()
    {
        using var place = await Workplace.CreateAsync();
        Corpus.WritePages(place);
        Directory.CreateDirectory(place.Database);

        var run = await place.IngestAsync();

        run.ExitCode.ShouldBe(1);
        run.Errors.ShouldContain($"'{place.Database}' is a folder. Name a file in it");
        run["exitCode"].ShouldBe(1);
        Directory.EnumerateFileSystemEntries(place.Database).ShouldBeEmpty();
    }

    [Fact]
    public async Task Ingest_DatabaseIsSomethingElse_LeavesItAsItIs()
    {
        using var place = await Workplace.CreateAsync();
        Corpus.WritePages(place);
        var text = string.Concat(Enumerable.Repeat("These are notes and no database.\n", 1000));
        await File.WriteAllTextAsync(place.Database, text);

        foreach (var verb in new string[][] { ["ingest", "docs"], ["search", "notes"], ["status"], ["verify"] })
        {
            var run = await place.RunAsync(verb);
            run.ExitCode.ShouldBe(1, run.Errors);
            run.Errors.ShouldContain("is not a SQLite database");
        }

        (await File.ReadAllTextAsync(place.Database)).ShouldBe(text);
    }

    [Fact]
    public async Task Ingest_DatabaseOfAnotherProgram_LeavesItAsItIs()
    {
        using var place = await Workplace.CreateAsync();
        Corpus.WritePages(place);
        using (var connection = Open(place.Database, SqliteOpenMode.ReadWriteCreate))
        {
            Run(connection, "CREATE TABLE documents (a TEXT); INSERT INTO documents VALUES ('theirs'); PRAGMA user_version = 77;");
        }

        var before = await File.ReadAllBytesAsync(place.Database);
        var run = await place.IngestAsync();

        run.ExitCode.ShouldBeOneOf(1, 2);
        run.Errors.ShouldContain(place.Database);
        run.Errors.ShouldNotContain("unexpected");
        (await File.ReadAllBytesAsync(place.Database)).ShouldBe(before);
    }

    [Fact]
    public async Task Ingest_DatabaseWhereNothingCanBeWritten_SaysSo()
    {
        using var place = await Workplace.CreateAsync();
        Corpus.WritePages(place);

        // /proc takes no files, not even root's.
        var run = await place.IngestAsync("--to", "sqlite:/proc/sluice.db");

        run.ExitCode.ShouldBe(1);
        run.Errors.ShouldContain("/proc/sluice.db");
        run.Errors.ShouldNotContain("unexpected");
        run["exitCode"].ShouldBe(1);
    }

    [Fact]
    public async Task Ingest_ReadOnlyDatabase_SaysSoAndBreaksNothing()
    {
        using var place = await Workplace.CreateAsync();
        Corpus.WritePages(place);
        (await place.IngestAsync()).ShouldEnd(0);
        var before = await place.ChunksAsync();
        place.Write("more.md", "# More\n\nA page that comes later.\n");
        File.SetUnixFileMode(place.Database, UnixFileMode.UserRead);
        await FailsAsync();
        var mode = File.GetUnixFileMode(place.Path);
        File.SetUnixFileMode(place.Path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await FailsAsync();
        File.SetUnixFileMode(place.Path, mode);
        File.SetUnixFileMode(place.Database, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        Check(place.Database).ShouldBe("ok");
        (await place.ChunksAsync()).ShouldBe(before, ignoreOrder: true);
        var rest = (await place.IngestAsync()).ShouldEnd(0);
        rest["indexed"].ShouldBe(1);
        await place.VerifyAsync();

        async Task FailsAsync()
        {
            var run = await place.IngestUnprivilegedAsync();
            run.ExitCode.ShouldBe(1, run.Errors);
            run.Errors.ShouldContain(place.Database);
            run.Errors.ShouldContain("rit");
            run.Errors.ShouldNotContain("unexpected");
        }
    }

    [Fact]
    public async Task Verify_OfADatabaseWhoseLedgerIsElsewhere_DeletesNothing_AndDamageIsTold()
    {
        using var place = await Workplace.CreateAsync();
        place.Write("a.md", "# A\n\nHerons stand in the shallows below the weir.\n");
        place.Write("broken.pdf", "%PDF-1.7 broken");
        (await place.RunAsync("ingest", "docs", "--to", "sqlite:a.db", "--to", "sqlite:b.db")).ExitCode.ShouldBe(3);

        var refused = await place.RunAsync("verify", "--repair", "--yes", "--from", "sqlite:b.db");
        refused.ExitCode.ShouldBe(2, refused.Errors);
        refused.Errors.ShouldContain("--ledger URI");
        var agreed = (await place.RunAsync("verify", "--json", "--from", "sqlite:b.db", "--ledger", "sqlite:a.db")).ShouldEnd(0);
        (agreed["inDatabase"], agreed["inLedger"]).ShouldBe((1, 1));
        (await place.RunAsync("dead", "list", "--json", "--from", "sqlite:b.db", "--ledger", "sqlite:a.db")).ShouldEnd(0).Json.GetArrayLength().ShouldBe(1);

        await using (var file = new FileStream(System.IO.Path.Combine(place.Path, "b.db"), FileMode.Open, FileAccess.ReadWrite))
        {
            file.Seek(-5 * 4096, SeekOrigin.End);
            file.Write(Enumerable.Repeat((byte)0x5a, 5 * 4096).ToArray());
        }

        var damaged = await place.RunAsync("verify", "--from", "sqlite:b.db", "--ledger", "sqlite:a.db");
        damaged.ExitCode.ShouldBe(1, damaged.Errors + damaged.Output);
        damaged.Errors.ShouldContain("b.db' is damaged: ");
        damaged.Errors.ShouldContain("ingest again");
    }

    private static SqliteConnection Open(string path, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    private static string Check(string path)
    {
        using var connection = Open(path, SqliteOpenMode.ReadWrite);
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA integrity_check";
        return (string)command.ExecuteScalar()!;
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
