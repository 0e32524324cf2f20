using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Sluice.Actors.Storage.Postgres;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Tests.Storage.Postgres;

public sealed class PostgresErrorsTests
{
    private static readonly PostgresAddress s_address = PostgresAddress.Parse("postgres://app:hidden@db:5432/docs?schema=s");

    public static TheoryData<string> Passing => new("08006", "53300", "53100", "57P01", "57P02", "57P03", "57014", "40001", "40P01", "55P03", "25006");

    [Theory]
    [MemberData(nameof(Passing))]
    public void Translate_StateThatMayPass_IsTransient(string state) =>
        PostgresErrors.Translate(Server(state), s_address).ShouldBeOfType<TransientException>().Message.ShouldBe($"PostgreSQL at db:5432/docs cannot take it now: its words ({state})");

    [Theory]
    [InlineData("28P01", true, "refused the user or password")]
    [InlineData("28000", true, "refused the user or password")]
    [InlineData("3D000", true, "createdb docs")]
    [InlineData("57P04", true, "createdb docs")]
    [InlineData("42501", true, "forbids it to the user app: its words. Grant what docs/cluster-postgresql.md lists.")]
    [InlineData("42P01", true, "lacks a table of Sluice in the schema s")]
    [InlineData("26000", false, "not through a pooler")]
    [InlineData("23505", false, "refused a statement: its words (23505)")]
    public void Translate_StateThatStays_SaysWhatToDoAndWhetherItCanBeMended(string state, bool isMendable, string words)
    {
        var exception = PostgresErrors.Translate(Server(state), s_address).ShouldBeOfType<StorageException>();
        exception.IsMendable.ShouldBe(isMendable);
        exception.Message.ShouldStartWith("PostgreSQL at db:5432/docs ");
        exception.Message.ShouldContain(words);
        exception.Message.ShouldNotContain("hidden");
    }

    /// <summary>What can be mended is waited for once calls have worked, so the words say what to mend, and only those who end say that one has to run again.</summary>
    [Theory]
    [InlineData("28P01")]
    [InlineData("28000")]
    [InlineData("3D000")]
    [InlineData("57P04")]
    [InlineData("42501")]
    [InlineData("42P01")]
    [InlineData("42703")]
    [InlineData("3F000")]
    public void Translate_StateThatCanBeMended_LeavesItToTheCallerWhetherItEnds(string state)
    {
        var exception = PostgresErrors.Translate(Server(state), s_address).ShouldBeOfType<StorageException>();
        exception.IsMendable.ShouldBeTrue();
        exception.Message.ShouldNotContain("run again", Case.Insensitive);
        exception.Message.ShouldEndWith(".");
    }

    [Theory]
    [InlineData("26000", "run again")]
    [InlineData("23505", "The call was given up.")]
    public void Translate_StateThatEndsTheCall_SaysThatItEnded(string state, string words) =>
        PostgresErrors.Translate(Server(state), s_address).ShouldBeOfType<StorageException>().Message.ShouldContain(words);

    [Fact]
    public void Trouble_Met_SaysSinceWhenItIsWaitedForAndThatItGoesOnByItself()
    {
        var trouble = new PostgresTrouble(new FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)));
        trouble.Met("It is away.");
        trouble.Words.ShouldBe("It is away. Waiting since 2026-01-02 03:04:05 UTC; it goes on by itself when that is over.");
        trouble.Over();
        trouble.Words.ShouldBeNull();
    }

    public static TheoryData<Exception, string> Connections => new()
    {
        { new NpgsqlException("x", new SocketException((int)SocketError.ConnectionRefused)), "nothing listens there" },
        { new NpgsqlException("x", new SocketException((int)SocketError.HostNotFound)), "the host's name is not known" },
        { new NpgsqlException("x", new TimeoutException()), "it took too long" },
        { new NpgsqlException("x", new EndOfStreamException()), "it closed the connection" },
        { new IOException("cable cut"), "cable cut" },
    };

    [Theory]
    [MemberData(nameof(Connections))]
    public void Translate_NoAnswer_IsTransient(Exception exception, string words) =>
        PostgresErrors.Translate(exception, s_address).ShouldBeOfType<TransientException>().Message.ShouldContain(words);

    [Fact]
    public void Translate_TlsRefused_IsForGood() =>
        PostgresErrors.Translate(new NpgsqlException("x", new AuthenticationException("not trusted.")), s_address).ShouldBeOfType<StorageException>().Message.ShouldContain("root-certificate");

    [Fact]
    public void Translate_AnythingElse_IsLeftAsItIs()
    {
        var exception = new InvalidOperationException("a mistake");
        PostgresErrors.Translate(exception, s_address).ShouldBeSameAs(exception);
    }

    [Fact]
    public void Pause_RisingAttempts_StaysWithinTheBounds()
    {
        for (var attempt = 0; attempt < 200; attempt++)
        {
            PostgresDatabase.Pause(attempt).ShouldBeInRange(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(Math.Min(2_000, 100 * Math.Pow(2, attempt))));
        }
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("plain ü 𝄞", "plain ü 𝄞")]
    [InlineData("a\0b", "a\ufffdb")]
    public void Storable_Text_LosesWhatCannotBeStored(string? text, string? stored) => PostgresBatch.Storable(text).ShouldBe(stored);

    [Fact]
    public void Storable_HalfOfAPair_IsReplaced() => PostgresBatch.Storable("x" + "𝄞"[0]).ShouldBe("x\ufffd");

    private static PostgresException Server(string state) => new("its words", "ERROR", "ERROR", state);
}
