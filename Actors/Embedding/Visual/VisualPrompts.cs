using Sluice.Actors.Embedding.Folders;
using Sluice.Streams.Chunks;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Embedding.Visual;

/// <summary>The token ids that a model which embeds images wants of texts, and beside images. Safe for concurrent use.</summary>
internal sealed class VisualPrompts
{
    /// <summary>Padding tokens behind a question about pages, which the model uses to think.</summary>
    private const int Augmentation = 10;

    private readonly ModelFolder _folder;
    private readonly ITokenizer _tokenizer;
    private readonly int _begin;
    private readonly int _pad;
    private readonly Lazy<int[]> _beside;

    /// <summary>Looks up what is needed of the tokenizer.</summary>
    /// <param name="folder">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <exception cref="ModelException">A token is missing.</exception>
    public VisualPrompts(ModelFolder folder, ITokenizer tokenizer)
    {
        _folder = folder;
        _tokenizer = tokenizer;
        if (folder.Visual!.Settings.IsLate)
        {
            _begin = Find(folder.Settings.BeginToken ?? "<bos>", "begins texts with");
            _pad = Find(folder.Settings.PadToken ?? "<pad>", "puts behind questions");
        }

        _beside = new(() => MakeBeside(new TokenBuffer()));
    }

    /// <summary>The ids that go beside each image, where the network takes any.</summary>
    public ReadOnlySpan<int> Beside => _beside.Value;

    /// <summary>The ids of a text that is searched by; what is too long is cut.</summary>
    /// <param name="text">The text.</param>
    /// <param name="tokens">To work with.</param>
    public int[] Encode(string text, TokenBuffer tokens)
    {
        var settings = _folder.Visual!.Settings;
        var prompted = settings.QueryPrompt + text;
        var limit = _folder.Info.MaxTokens;
        if (settings.IsLate)
        {
            _tokenizer.Encode(prompted, tokens, addSpecialTokens: false);
            int[] words = [.. tokens.Ids[..Math.Min(tokens.Count, Math.Max(1, limit - Augmentation - 2))]];
            _tokenizer.Encode("\n", tokens, addSpecialTokens: false);
            return [_begin, .. words, .. Enumerable.Repeat(_pad, Augmentation), .. tokens.Ids];
        }

        var ids = EmbeddingModel.Encode(_tokenizer, prompted, limit, tokens);
        if (settings.Family == VisualFamily.Siglip && ids.Length < limit)
        {
            var length = ids.Length;
            Array.Resize(ref ids, limit);
            ids.AsSpan(length).Fill(_folder.PadId);
        }

        return ids;
    }

    private int[] MakeBeside(TokenBuffer tokens)
    {
        var plan = _folder.Visual!;
        if (!plan.Settings.IsLate)
        {
            return Encode("", tokens);
        }

        var image = plan.Settings.ImageTokenId ?? Find("<image>", "puts in the place of patches");
        _tokenizer.Encode(plan.Settings.ImagePrompt + "\n", tokens, addSpecialTokens: false);
        return [.. Enumerable.Repeat(image, plan.Images.Recipe.Positions), _begin, .. tokens.Ids];
    }

    private int Find(string token, string what) => TokenLookup.Find(_folder.TokenizerFile, new HashSet<string>([token], StringComparer.Ordinal)).TryGetValue(token, out var id)
        ? id
        : throw new ModelException($"{_folder.TokenizerFile}: it has no token '{token}', which this model {what}. Download the tokenizer that belongs to the model.");
}
