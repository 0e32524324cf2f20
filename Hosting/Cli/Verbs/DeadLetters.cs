using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Sluice.Hosting.Cli.Text;
using Sluice.Hosting.Configuration;
using Sluice.Streams.Failures;
using Sluice.Streams.Ledger;

namespace Sluice.Hosting.Cli.Verbs;

/// <summary>What the verbs below <c>dead</c> share.</summary>
internal static class DeadLetters
{
    private const int PageSize = 500;

    /// <summary>Reads all dead letters, page by page.</summary>
    /// <param name="ledger">The ledger.</param>
    /// <param name="sink">The sink's name.</param>
    /// <param name="context">The verb's context.</param>
    /// <returns>The letters, oldest first.</returns>
    public static async IAsyncEnumerable<DeadLetter> ReadAsync(ILedger ledger, string sink, VerbContext context)
    {
        for (long after = 0; ;)
        {
            var page = await ledger.ListDeadLettersAsync(sink, after, PageSize, context.Stop);
            foreach (var letter in page)
            {
                yield return letter;
            }

            if (page.Count < PageSize)
            {
                yield break;
            }

            after = page[^1].Id;
        }
    }

    /// <summary>Where a letter's document or chunk stands.</summary>
    /// <param name="letter">The letter.</param>
    /// <param name="context">The verb's context.</param>
    /// <returns>The place.</returns>
    public static string PlaceOf(DeadLetter letter, VerbContext context) => letter.Place is null
        ? Places.OfDocument(letter.Uri, context.Host.WorkingDirectory)
        : Places.OfPiece(letter.Uri, letter.Place, context.Host.WorkingDirectory);

    /// <summary>Writes a letter as JSON.</summary>
    /// <param name="json">The writer.</param>
    /// <param name="letter">The letter.</param>
    /// <param name="context">The verb's context.</param>
    public static void Write(Utf8JsonWriter json, DeadLetter letter, VerbContext context)
    {
        json.WriteStartObject();
        json.WriteNumber("id", letter.Id);
        json.WriteString("uri", Secrets.Redact(letter.Uri));
        json.WriteString("place", PlaceOf(letter, context));
        json.WriteString("reason", letter.Reason);
        json.WriteString("message", Secrets.Redact(letter.Message));
        json.WriteNumber("attempts", letter.Attempts);
        json.WriteString("at", letter.At);
        if (letter.KeptChunks > 0)
        {
            json.WriteNumber("keptChunks", letter.KeptChunks);
        }

        if (letter.Chunk is { } chunk)
        {
            json.WriteString("chunk", chunk.ToString());
        }

        if (letter.Excerpt is not null)
        {
            json.WriteString("excerpt", letter.Excerpt);
        }

        json.WriteEndObject();
    }

    /// <summary>The numbers that were typed, or null for <c>--all</c>.</summary>
    /// <param name="line">The command line.</param>
    /// <param name="ids">The argument.</param>
    /// <param name="all">The option.</param>
    /// <returns>The numbers.</returns>
    /// <exception cref="ConfigurationException">One is none, or there are neither or both.</exception>
    public static IReadOnlyCollection<long>? Chosen(ParseResult line, Argument<string[]> ids, Option<bool> all)
    {
        var typed = line.GetValue(ids) ?? [];
        if (line.GetValue(all) == (typed.Length > 0))
        {
            throw new ConfigurationException("Name the dead letters by their numbers (`sluice dead list` shows them), or all of them with --all.");
        }

        return typed.Length == 0 ? null : Array.ConvertAll(typed, ParseId);
    }

    /// <summary>Reads a letter's number.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The number.</returns>
    /// <exception cref="ConfigurationException">It is none.</exception>
    public static long ParseId(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id > 0
            ? id
            : throw new ConfigurationException($"'{text}' is not the number of a dead letter; `sluice dead list` shows them.");

    /// <summary>Settings by the options that all of them have.</summary>
    public static Option<string?> From() => new("--from") { HelpName = "URI", Description = "Database (sluice.database)" };

    /// <summary>The option for the ledger.</summary>
    public static Option<string?> Ledger() => new("--ledger") { HelpName = "URI", Description = "Ledger that the database was filled with (sluice.ledger; else the database's own file)" };

    /// <summary>The option for all letters.</summary>
    public static Option<bool> All() => new("--all") { Description = "All dead letters" };

    /// <summary>The argument for some letters.</summary>
    public static Argument<string[]> Ids() => new("ids") { HelpName = "NUMBER", Description = "Numbers of dead letters, as `sluice dead list` shows them", Arity = ArgumentArity.ZeroOrMore };
}
