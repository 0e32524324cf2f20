using Microsoft.Data.Sqlite;
using Sluice.Actors.Storage.Sqlite;
using Sluice.Streams.Failures;
using Sluice.TestKit.Conformance;

namespace Sluice.Actors.Tests.Storage.Sqlite;

public sealed class SqliteDatabaseTests : IDisposable
{
    private static readonly CancellationToken s_none = CancellationToken.None;
    private readonly ScratchFolder _folder = new();

    private string DatabasePath => _folder.File("data.db");

    public void Dispose() => _folder.Dispose();

    private static async Task PutAsync(SqliteDatabase database, string name) => await database.WriteAsync(
        session => session.Prepare("INSERT INTO ledger_sinks(name) VALUES (?)").Bind(name).Run(), 1, s_none);

    private static Task<long> CountAsync(SqliteDatabase database) =>
        database.ReadAsync(static session => session.Scalar("SELECT count(*) FROM ledger_sinks"), -1L, s_none);

    [Fact]
    public async Task ReadAsync_NoFile_AnswersMissingAndMakesNone()
    {
        await using var database = SqliteDatabase.Share(DatabasePath, new SqliteOptions());
        (await CountAsync(database)).ShouldBe(-1);
        Directory.EnumerateFileSystemEntries(_folder.Path).ShouldBeEmpty();
    }

    [Fact]
    public async Task Share_SamePathTwice_IsOneDatabaseUntilTheLastUserLeaves()
    {
        var first = SqliteDatabase.Share(DatabasePath, new SqliteOptions());
        var second = SqliteDatabase.Share(DatabasePath, new SqliteOptions());
        second.ShouldBeSameAs(first);
        await first.DisposeAsync();
        await PutAsync(second, "a");
        (await CountAsync(second)).ShouldBe(1);
        await second.DisposeAsync();
        await Should.ThrowAsync<ObjectDisposedException>(() => PutAsync(second, "b"));
        File.Exists(DatabasePath + "-wal").ShouldBeFalse("the last one to leave brings the log in");
    }

    [Fact]
    public async Task WriteAsync_OneOfAGroupFails_TheOthersAreCommitted()
    {
        await using var database = SqliteDatabase.Share(DatabasePath, new SqliteOptions());
        await PutAsync(database, "taken");
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var entered = new ManualResetEventSlim();
        using var mayGo = new ManualResetEventSlim();
        var blocker = database.WriteAsync(
            _ =>
            {
                entered.Set();
                mayGo.Wait(TimeSpan.FromSeconds(30)).ShouldBeTrue();
            },
            1,
            s_none);
        entered.Wait(TimeSpan.FromSeconds(30)).ShouldBeTrue();

        // While the writer is held, these queue up: they share the next transaction.
        var good = Enumerable.Range(0, 10).Select(i => PutAsync(database, $"good-{i}")).ToList();
        var bad = PutAsync(database, "taken");
        var poison = database.WriteAsync(static _ => throw new InvalidOperationException("poison"), 1, s_none);
        var late = PutAsync(database, "late");
        mayGo.Set();
        await blocker;
        await Task.WhenAll([.. good, late]);
        (await Should.ThrowAsync<StorageException>(() => bad)).InnerException.ShouldBeOfType<SqliteException>();
        (await Should.ThrowAsync<InvalidOperationException>(() => poison)).Message.ShouldBe("poison");
        (await CountAsync(database)).ShouldBe(12);
    }

    [Fact]
    public async Task WriteAsync_FailsAloneAfterItsGroupFell_SaysSo()
    {
        await using var database = SqliteDatabase.Share(DatabasePath, new SqliteOptions());
        await PutAsync(database, "first");
        using var entered = new ManualResetEventSlim();
        using var mayGo = new ManualResetEventSlim();
        var blocker = database.WriteAsync(
            _ =>
            {
                entered.Set();
                mayGo.Wait(TimeSpan.FromSeconds(30)).ShouldBeTrue();
            },
            1,
            s_none);
        entered.Wait(TimeSpan.FromSeconds(30)).ShouldBeTrue();

        // The disk fails under the first of the group, so that the whole of it is rolled back before the second has run.
        var tries = 0;
        var spoils = database.WriteAsync(
            _ =>
            {
                if (++tries == 1)
                {
                    throw new SqliteException("disk I/O error", 10);
                }
            },
            1,
            s_none);
        var poison = database.WriteAsync(static _ => throw new InvalidOperationException("poison"), 1, s_none);
        var good = PutAsync(database, "good");
        mayGo.Set();
        await Task.WhenAll(blocker, spoils, good);
        tries.ShouldBe(2);
        (await Should.ThrowAsync<InvalidOperationException>(() => poison)).Message.ShouldBe("poison");
        (await CountAsync(database)).ShouldBe(2);
    }

    [Fact]
    public async Task WriteAsync_QueueFull_WaitsAndCanBeCancelled()
    {
        await using var database = SqliteDatabase.Share(DatabasePath, new SqliteOptions { MaxQueuedBytes = 100 });
        using var entered = new ManualResetEventSlim();
        using var mayGo = new ManualResetEventSlim();
        var blocker = database.WriteAsync(
            _ =>
            {
                entered.Set();
                mayGo.Wait(TimeSpan.FromSeconds(30)).ShouldBeTrue();
            },
            90,
            s_none);
        entered.Wait(TimeSpan.FromSeconds(30)).ShouldBeTrue();
        using var cancel = new CancellationTokenSource();
        var ran = false;
        var waiting = database.WriteAsync(_ => ran = true, 50, cancel.Token);
        var small = PutAsync(database, "small");
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => waiting);
        mayGo.Set();
        await blocker;
        await small;
        ran.ShouldBeFalse();
        (await CountAsync(database)).ShouldBe(1);
    }

    [Fact]
    public async Task WriteAsync_FileFull_FailsInWordsAndKeepsWhatWasCommitted()
    {
        var database = SqliteDatabase.Share(DatabasePath, new SqliteOptions { MaxPages = 60 });
        var committed = 0;
        var exception = await Should.ThrowAsync<StorageException>(async () =>
        {
            for (; ; committed++)
            {
                await PutAsync(database, $"{committed}" + new string('x', 5_000));
            }
        });
        exception.Message.ShouldContain(DatabasePath);
        exception.Message.ShouldContain("no room");
        committed.ShouldBeGreaterThan(3);
        (await CountAsync(database)).ShouldBe(committed);
        await database.DisposeAsync();

        await using var again = SqliteDatabase.Share(DatabasePath, new SqliteOptions());
        await PutAsync(again, "room again");
        (await CountAsync(again)).ShouldBe(committed + 1);
        (await again.ReadAsync(static session => ReadText(session, "PRAGMA integrity_check"), "", s_none)).ShouldBe("ok");
    }

    private static string ReadText(SqliteSession session, string sql)
    {
        using var statement = session.Prepare(sql);
        return statement.Step() ? statement.Text(0) : "";
    }

    [Fact]
    public async Task WriteAsync_NotADatabase_SaysSoAndLeavesIt()
    {
        var text = string.Concat(Enumerable.Repeat("This is a letter, not a database.\n", 100));
        await File.WriteAllTextAsync(DatabasePath, text);
        await using var database = SqliteDatabase.Share(DatabasePath, new SqliteOptions());
        (await Should.ThrowAsync<StorageException>(() => PutAsync(database, "a"))).Message.ShouldContain("not a SQLite database");
        (await Should.ThrowAsync<StorageException>(() => CountAsync(database))).Message.ShouldContain(DatabasePath);
        (await File.ReadAllTextAsync(DatabasePath)).ShouldBe(text);
    }

    [Fact]
    public async Task WriteAsync_AnotherProgramsDatabase_SaysSoAndLeavesIt()
    {
        await using (var connection = new SqliteConnection($"Data Source={DatabasePath};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "CREATE TABLE photos(name TEXT)";
            await command.ExecuteNonQueryAsync();
        }

        var before = await File.ReadAllBytesAsync(DatabasePath);
        await using var database = SqliteDatabase.Share(DatabasePath, new SqliteOptions());
        (await Should.ThrowAsync<StorageException>(() => PutAsync(database, "a"))).Message.ShouldContain("another program");
        (await Should.ThrowAsync<StorageException>(() => CountAsync(database))).Message.ShouldContain("another program");
        (await File.ReadAllBytesAsync(DatabasePath)).ShouldBe(before);
    }

    [Fact]
    public async Task WriteAsync_NewerSchema_IsRefused()
    {
        var database = SqliteDatabase.Share(DatabasePath, new SqliteOptions());
        await PutAsync(database, "a");
        await database.WriteAsync(static session => session.Execute("PRAGMA user_version = 99"), 1, s_none);
        await database.DisposeAsync();
        await using var again = SqliteDatabase.Share(DatabasePath, new SqliteOptions());
        (await Should.ThrowAsync<StorageException>(() => PutAsync(again, "b"))).Message.ShouldContain("newer Sluice");
        (await Should.ThrowAsync<StorageException>(() => CountAsync(again))).Message.ShouldContain("99");
    }

    [Fact]
    public async Task ReadAsync_DamagedPages_SaysWhatToDo()
    {
        var database = SqliteDatabase.Share(DatabasePath, new SqliteOptions());
        for (var i = 0; i < 50; i++)
        {
            await PutAsync(database, $"{i}" + new string('x', 2_000));
        }

        await database.DisposeAsync();
        await using (var file = new FileStream(DatabasePath, FileMode.Open, FileAccess.Write))
        {
            var noise = new byte[file.Length - SqliteSchema.PageSize];
            Array.Fill(noise, (byte)0xA5);
            file.Position = SqliteSchema.PageSize;
            await file.WriteAsync(noise);
        }

        await using var again = SqliteDatabase.Share(DatabasePath, new SqliteOptions());
        var exception = await Should.ThrowAsync<StorageException>(() => CountAsync(again));
        exception.Message.ShouldContain("damaged");
        exception.Message.ShouldContain(DatabasePath);
        (await Should.ThrowAsync<StorageException>(() => PutAsync(again, "a"))).Message.ShouldContain("damaged");
    }

    [Fact]
    public async Task WriteAsync_PathIsAFolder_SaysSo()
    {
        await using var database = SqliteDatabase.Share(_folder.Path, new SqliteOptions());
        (await Should.ThrowAsync<StorageException>(() => PutAsync(database, "a"))).Message.ShouldContain("is a folder");
        (await Should.ThrowAsync<StorageException>(() => CountAsync(database))).Message.ShouldContain("is a folder");
    }

    [Fact]
    public async Task WriteAsync_FolderCannotBeMade_SaysSo()
    {
        await File.WriteAllTextAsync(_folder.File("plain"), "");
        await using var database = SqliteDatabase.Share(_folder.File("plain/data.db"), new SqliteOptions());
        (await Should.ThrowAsync<StorageException>(() => PutAsync(database, "a"))).Message.ShouldContain("plain");
    }

    [Theory]
    [InlineData(8, "read-only")]
    [InlineData(13, "no room")]
    [InlineData(11, "damaged")]
    [InlineData(10, "disk")]
    [InlineData(3, "may not be opened")]
    public void Translate_ResultCode_BecomesWordsAndKeepsTheCause(int code, string words)
    {
        var cause = new SqliteException("low level", code);
        var translated = SqliteErrors.Translate(cause, "/data/x.db").ShouldBeOfType<StorageException>();
        translated.Message.ShouldContain(words);
        translated.Message.ShouldContain("/data/x.db");
        translated.InnerException.ShouldBe(cause);
    }

    [Fact]
    public async Task WriteAsync_LockedByAnotherProcess_IsTransient()
    {
        await using var database = SqliteDatabase.Share(DatabasePath, new SqliteOptions { BusyTimeout = TimeSpan.Zero });
        await PutAsync(database, "a");
        await using var other = new SqliteConnection($"Data Source={DatabasePath};Pooling=False");
        await other.OpenAsync();
        await using (var transaction = other.BeginTransaction(deferred: false))
        {
            await Should.ThrowAsync<TransientException>(() => PutAsync(database, "b"));
            (await CountAsync(database)).ShouldBe(1);
        }

        await PutAsync(database, "b");
        (await CountAsync(database)).ShouldBe(2);
    }

    [Fact]
    public async Task WriteAsync_MuchMoreThanTheLogHolds_KeepsTheLogSmall()
    {
        const int logBytes = 1 << 20;
        await using var database = SqliteDatabase.Share(DatabasePath, new SqliteOptions { LogBytes = logBytes });
        long largest = 0;
        for (var i = 0; i < 400; i++)
        {
            await PutAsync(database, $"{i}" + new string('x', 50_000));
            largest = Math.Max(largest, new FileInfo(DatabasePath + "-wal").Length);
            if (i % 10 == 0)
            {
                (await CountAsync(database)).ShouldBe(i + 1);
            }
        }

        new FileInfo(DatabasePath).Length.ShouldBeGreaterThan(15 << 20);
        largest.ShouldBeLessThan(3 * logBytes);
    }
}
