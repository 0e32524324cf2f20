namespace Sluice.Actors.Sinks.Sqlite;

/// <summary>Turns a question as people type it into an FTS5 query that cannot be malformed: each term of <see cref="QuestionTerms"/> is quoted.</summary>
internal static class FullTextQuery
{
    /// <summary>Makes the query.</summary>
    /// <returns>Null when there is no word in <paramref name="text"/>.</returns>
    public static string? Create(string text)
    {
        var terms = QuestionTerms.Read(text);
        return terms.Count == 0 ? null : string.Join(" OR ", terms.Select(static term => term.Prefix ? $"\"{term.Words}\"*" : $"\"{term.Words}\""));
    }
}
