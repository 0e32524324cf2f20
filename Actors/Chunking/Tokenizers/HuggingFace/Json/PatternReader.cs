using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.Json;

/// <summary>Builds the patterns a file asks for.</summary>
internal static class PatternReader
{
    /// <summary>Reads one.</summary>
    /// <exception cref="ModelException">It is not supported or broken.</exception>
    public static TextPattern Read(JsonPart part)
    {
        if (part["String"].IsSet)
        {
            return TextPattern.OfText(part["String"].Text);
        }

        if (!part["Regex"].IsSet)
        {
            throw part.Broken("a 'String' or a 'Regex'");
        }

        try
        {
            return TextPattern.OfExpression(part["Regex"].Text);
        }
        catch (NotSupportedException e)
        {
            throw part.Refuse(e.Message);
        }
        catch (ArgumentException e)
        {
            throw part.Refuse($"the expression '{part["Regex"].Text}' ({e.Message})");
        }
    }
}
