using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;
using Sluice.Streams.Chunks;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace;

/// <summary>
/// A tokenizer of the Hugging Face format: added tokens are found first, the rest is normalized, cut into pieces, and each piece into tokens. Ids are those of the
/// tokenizers library. Offsets point into the text as it was given: a token covers every character that it was made from, so tokens made from one character (the
/// bytes of an emoji) cover it alike. A lone surrogate counts as U+FFFD. Time is linear in the text; memory grows with the longest text given and is let go
/// when that was long. Safe for concurrent use.
/// </summary>
public sealed class HuggingFaceTokenizer : ITokenizer
{
    private readonly TokenizerParts _parts;
    private readonly TextWorkspace?[] _spare = new TextWorkspace?[Math.Min(Environment.ProcessorCount, 64)];

    internal HuggingFaceTokenizer(TokenizerParts parts, string fingerprint)
    {
        _parts = parts;
        Fingerprint = fingerprint;
    }

    /// <inheritdoc/>
    public string Fingerprint { get; }

    /// <inheritdoc/>
    public int SpecialTokenCount => _parts.Post.Before.Length + _parts.Post.After.Length;

    /// <summary>Number of ids.</summary>
    public int VocabularySize => _parts.VocabularySize;

    /// <summary>The kind of its model: WordPiece, Unigram, BPE or WordLevel.</summary>
    public string Kind => _parts.Kind;

    /// <summary>Most tokens of a text that its file wants, special tokens included; null when it does not say. <see cref="Encode"/> never cuts.</summary>
    public int? MaxTokens => _parts.MaxTokens;

    /// <inheritdoc/>
    public void Encode(ReadOnlySpan<char> text, TokenBuffer tokens, bool addSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        tokens.Clear();
        if (addSpecialTokens)
        {
            AddSpecial(_parts.Post.Before, 0, tokens);
        }

        var workspace = Rent();
        var first = tokens.Count;
        Prepare(text, workspace);
        foreach (var preTokenizer in _parts.PreTokenizers)
        {
            preTokenizer.Apply(workspace);
        }

        Cut(workspace, tokens);
        Return(workspace);
        if (_parts.Post.TrimsOffsets)
        {
            Trim(text, tokens, first);
        }

        if (addSpecialTokens)
        {
            AddSpecial(_parts.Post.After, text.Length, tokens);
        }
    }

    private static void AddSpecial(int[] ids, int position, TokenBuffer tokens)
    {
        foreach (var id in ids)
        {
            tokens.Add(id, position, position);
        }
    }

    private static void Trim(ReadOnlySpan<char> text, TokenBuffer tokens, int first)
    {
        for (var i = first; i < tokens.Count; i++)
        {
            var start = tokens.Starts[i];
            var end = tokens.Ends[i];
            while (start < end && text[start] == ' ')
            {
                start++;
            }

            while (end > start && text[end - 1] == ' ')
            {
                end--;
            }

            tokens.Set(i, tokens.Ids[i], start, end);
        }
    }

    private TextWorkspace Rent()
    {
        for (var i = 0; i < _spare.Length; i++)
        {
            if (_spare[i] is not null && Interlocked.Exchange(ref _spare[i], null) is { } workspace)
            {
                return workspace;
            }
        }

        return new TextWorkspace(_parts.Model.CreateState());
    }

    private void Return(TextWorkspace workspace)
    {
        if (workspace.IsLarge)
        {
            return;
        }

        for (var i = 0; i < _spare.Length; i++)
        {
            if (_spare[i] is null && Interlocked.CompareExchange(ref _spare[i], workspace, null) is null)
            {
                return;
            }
        }
    }

    /// <summary>Leaves the normalized text in the workspace, and its pieces: added tokens, and what is between them.</summary>
    private void Prepare(ReadOnlySpan<char> text, TextWorkspace workspace)
    {
        workspace.Clear();
        workspace.Original.Load(text);
        var found = workspace.NextPieces;
        found.Clear();
        _parts.Added.Find(workspace.Original, 0, text.Length, found);
        foreach (var (start, end, id) in found.Items)
        {
            var before = workspace.Text.Count;
            if (id != PieceList.None)
            {
                workspace.Text.Add(workspace.Original, start, end);
                workspace.Pieces.Add(before, workspace.Text.Count, id);
                continue;
            }

            Normalize(workspace, start, end);
            _parts.AddedNormalized.Find(workspace.Text, before, workspace.Text.Count, workspace.Pieces);
        }
    }

    private void Normalize(TextWorkspace workspace, int start, int end)
    {
        if (_parts.Normalizers.Length == 0)
        {
            workspace.Text.Add(workspace.Original, start, end);
            return;
        }

        workspace.Stretch.Clear();
        workspace.Stretch.Add(workspace.Original, start, end);
        foreach (var normalizer in _parts.Normalizers)
        {
            workspace.NextStretch.Clear();
            normalizer.Apply(workspace.Stretch, workspace.NextStretch);
            workspace.SwapStretches();
        }

        workspace.Text.Add(workspace.Stretch, 0, workspace.Stretch.Count);
    }

    private void Cut(TextWorkspace workspace, TokenBuffer tokens)
    {
        var chars = workspace.Text.Chars;
        var from = workspace.Text.From;
        var to = workspace.Text.To;
        foreach (var (start, end, id) in workspace.Pieces.Items)
        {
            if (id == PieceList.None)
            {
                _parts.Model.Encode(chars[start..end], from[start..end], to[start..end], workspace.Model, tokens);
            }
            else if (start < end)
            {
                tokens.Add(id, from[start], to[end - 1]);
            }
        }
    }
}
