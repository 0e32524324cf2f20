using Sluice.Actors.Chunking.Tokenizers.HuggingFace.Text;

namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace.PreTokenizers;

/// <summary>Cuts pieces into smaller ones before the model sees them, and may change the text. Safe for concurrent use.</summary>
internal interface IPreTokenizer
{
    /// <summary>Takes the present text and pieces of the workspace and leaves its own there. Pieces that are tokens already stay.</summary>
    /// <param name="workspace">Where to work.</param>
    void Apply(TextWorkspace workspace);
}
