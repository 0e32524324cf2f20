using System.Globalization;
using Sluice.Actors.Chunking.Tokenizers;
using Sluice.Actors.Chunking.Tokenizers.HuggingFace;
using Sluice.Streams.Chunks;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Embedding.Folders;

/// <summary>Whether a tokenizer and a network belong together, as far as the number of their ids shows it.</summary>
internal static class TokenizerVocabulary
{
    /// <summary>Rows that a table may have without a token: tables are made longer to a round number, and for tokens to come.</summary>
    private const int Spare = 1024;

    /// <summary>Kind and number of ids.</summary>
    public static (string Kind, int Size) Of(ITokenizer tokenizer) => tokenizer switch
    {
        MarkedTokenizer marked => Of(marked.Inner),
        LowercasingTokenizer lowercasing => Of(lowercasing.Inner),
        HuggingFaceTokenizer other => (other.Kind, other.VocabularySize),
        UnigramTokenizer unigram => ("Unigram of the default model", unigram.VocabularySize),
        _ => (tokenizer.GetType().Name, 0),
    };

    /// <summary>Checks that each id has a row in the network's table, and that the table is not far longer.</summary>
    /// <exception cref="ModelException">They do not belong together.</exception>
    public static void Check(ModelFolder folder, ITokenizer tokenizer)
    {
        var (_, size) = Of(tokenizer);
        if (folder.TokenRows is not { } rows || size == 0)
        {
            return;
        }

        if (size > rows)
        {
            throw new ModelException(string.Create(CultureInfo.InvariantCulture, $"{folder.TokenizerFile}: it has {size:N0} ids, and the network's table of token vectors only {rows:N0} rows: they are of different models. Put the tokenizer there that belongs to {Path.GetFileName(folder.NetworkFile)}."));
        }

        if (rows - size > Spare + (rows / 20))
        {
            throw new ModelException(string.Create(CultureInfo.InvariantCulture, $"{folder.TokenizerFile}: it has {size:N0} ids, and the network's table of token vectors {rows:N0} rows: the tokenizer is another model's, or incomplete. Put the one there that belongs to {Path.GetFileName(folder.NetworkFile)}."));
        }
    }
}
