using System.Globalization;
using Sluice.Streams.Chunks;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Chunking;

/// <summary>The options made exact for a model: all in tokens, checked.</summary>
internal sealed class ChunkingPlan
{
    /// <summary>
    /// Characters that count as much as a token. Only text that the model cannot read (runs of unknown characters become one token) has more of them; this keeps
    /// its chunks, and memory, bounded.
    /// </summary>
    public const int CharactersPerToken = 16;

    private const int MinimumSize = 8;
    private const int MinimumRoom = 4;

    public ChunkingPlan(ChunkingOptions options, ITokenizer tokenizer, EmbeddingModelInfo model)
    {
        Mode = Enum.IsDefined(options.Mode) ? options.Mode : throw new ConfigurationException("sluice.chunking.mode must be structure, sentence or fixed.");
        if (options.Size != 0 && (options.Size < MinimumSize || options.Size > model.MaxTokens))
        {
            throw new ConfigurationException(Invariant(
                $"sluice.chunking.size is {options.Size}; the model {model.Name} takes {MinimumSize} to {model.MaxTokens} tokens. Choose a size in that range, or 0 for all the model can take."));
        }

        if (options.MinimumTokens < 0)
        {
            throw new ConfigurationException(Invariant($"sluice.chunking.minimum-tokens is {options.MinimumTokens}; it must be 0 or more."));
        }

        Tokenizer = tokenizer;
        MaxTokens = model.MaxTokens;
        Size = options.Size == 0 ? model.MaxTokens : options.Size;
        Overlap = ParseOverlap(options.Overlap, Size);
        Minimum = Math.Min(options.MinimumTokens, Size / 4);
        Context = options.IncludeHeadings ? Size / 5 : 0;
        Prompt = model.DocumentPrompt;
        Room = Size - CountTokens(Prompt, addSpecialTokens: true);
        if (Room < MinimumRoom)
        {
            throw new ConfigurationException(Invariant(
                $"sluice.chunking.size is {Size}, and the model {model.Name} puts {Size - Room} tokens of its own around each text; choose a size of at least {Size - Room + MinimumRoom}."));
        }

        UnitRoom = Math.Max(1, Room - Context);
        Fingerprint = Invariant(
            $"chunker/1 {Mode} size={Size} max={MaxTokens} overlap={Overlap} minimum={Minimum} context={Context} prompt={Prompt} tokenizer={tokenizer.Fingerprint}");
    }

    public ITokenizer Tokenizer { get; }

    public ChunkingMode Mode { get; }

    /// <summary>Most tokens of a chunk, everything included.</summary>
    public int Size { get; }

    /// <summary>Most tokens the model takes; reached only by a character that alone needs more than <see cref="Size"/>.</summary>
    public int MaxTokens { get; }

    public int Overlap { get; }

    public int Minimum { get; }

    /// <summary>Most tokens of the headings in front; 0 switches them off.</summary>
    public int Context { get; }

    public string Prompt { get; }

    /// <summary>Tokens left for context and text.</summary>
    public int Room { get; }

    /// <summary>Tokens that are left for text under any context; longer sentences are cut.</summary>
    public int UnitRoom { get; }

    /// <summary>Most tokens of a table's header that is repeated; a longer one is indexed once, as a row.</summary>
    public int MaxTableHeader => UnitRoom / 3;

    public string Fingerprint { get; }

    private static int ParseOverlap(string text, int size)
    {
        var digits = text.AsSpan().Trim();
        var percent = digits.EndsWith("%");
        digits = (percent ? digits[..^1] : digits).TrimEnd();
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            throw new ConfigurationException($"sluice.chunking.overlap is '{text}'; write tokens (16) or a share of the size (10%).");
        }

        var tokens = percent ? (long)number * size / 100 : number;
        return tokens <= size / 2 && (!percent || number <= 50)
            ? (int)tokens
            : throw new ConfigurationException(Invariant($"sluice.chunking.overlap is '{text}'; at most half of the size is possible: {size / 2} tokens, or 50%."));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private int CountTokens(string text, bool addSpecialTokens)
    {
        var tokens = new TokenBuffer();
        Tokenizer.Encode(text, tokens, addSpecialTokens);
        return tokens.Count;
    }
}
