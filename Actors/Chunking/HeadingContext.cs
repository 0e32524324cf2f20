using Sluice.Streams.Chunks;

namespace Sluice.Actors.Chunking;

/// <summary>
/// The words in front of a chunk that say what it is about: title and headings, as short sentences (<c>User guide. Installing. On Linux.</c>), because sentence
/// encoders are trained on sentences. At most <see cref="ChunkingPlan.Context"/> tokens; the outermost headings go first. Not safe for concurrent use.
/// </summary>
internal sealed class HeadingContext(ChunkingPlan plan)
{
    private const int Deepest = 16;

    private readonly TokenBuffer _tokens = new();
    private readonly List<string> _entries = new(Deepest);
    private IReadOnlyList<string>? _path;
    private string? _own;
    private string _text = "";
    private int _cost;

    /// <summary>The document's title, or null.</summary>
    public string? Title { get; set; }

    /// <summary>Makes the context; the last one is remembered.</summary>
    /// <param name="path">Headings above the chunk.</param>
    /// <param name="ownHeading">The heading the chunk itself begins with, or null.</param>
    /// <param name="cost">Its tokens.</param>
    /// <returns>The context, with the blank line behind it; empty for none.</returns>
    public string For(IReadOnlyList<string> path, string? ownHeading, out int cost)
    {
        if (!ReferenceEquals(path, _path) || !ReferenceEquals(ownHeading, _own))
        {
            (_text, _cost) = Make(path, ownHeading);
            _path = path;
            _own = ownHeading;
        }

        cost = _cost;
        return _text;
    }

    private static bool Same(string one, string? other) =>
        other is not null && one.AsSpan().Trim().Equals(other.AsSpan().Trim(), StringComparison.OrdinalIgnoreCase);

    private static string Join(List<string> entries, int first)
    {
        var text = new System.Text.StringBuilder();
        for (var index = first; index < entries.Count; index++)
        {
            foreach (var word in new SpanWords(entries[index]))
            {
                text.Append(word).Append(' ');
            }

            text.Length--;
            if (text[^1] is not ('.' or '!' or '?' or ':' or '…' or '。' or '！' or '？'))
            {
                text.Append('.');
            }

            text.Append(index + 1 < entries.Count ? " " : "\n\n");
        }

        return text.ToString();
    }

    private (string Text, int Cost) Make(IReadOnlyList<string> path, string? ownHeading)
    {
        if (plan.Context == 0)
        {
            return ("", 0);
        }

        _entries.Clear();
        if (Title is not null && !Same(Title, ownHeading) && !Contains(path, Title))
        {
            _entries.Add(Title);
        }

        for (var index = Math.Max(0, path.Count - Deepest); index < path.Count; index++)
        {
            if (!string.IsNullOrWhiteSpace(path[index]))
            {
                _entries.Add(path[index]);
            }
        }

        var longest = plan.Context * ChunkingPlan.CharactersPerToken;
        for (var first = 0; first < _entries.Count; first++)
        {
            if (_entries[first].Length > longest)
            {
                continue;
            }

            var text = Join(_entries, first);
            if (text.Length <= longest)
            {
                plan.Tokenizer.Encode(text, _tokens, addSpecialTokens: false);
                if (_tokens.Count <= plan.Context)
                {
                    return (text, _tokens.Count);
                }
            }
        }

        return ("", 0);
    }

    private static bool Contains(IReadOnlyList<string> path, string title)
    {
        for (var index = 0; index < path.Count; index++)
        {
            if (Same(path[index], title))
            {
                return true;
            }
        }

        return false;
    }
}
