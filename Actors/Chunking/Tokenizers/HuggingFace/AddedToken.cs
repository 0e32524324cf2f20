namespace Sluice.Actors.Chunking.Tokenizers.HuggingFace;

/// <summary>A token that is found in a text before the model sees it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
/// <param name="SingleWord">Whether letters on either side of it keep it from being found.</param>
/// <param name="StripsLeft">Whether it takes white space before it.</param>
/// <param name="StripsRight">Whether it takes white space after it.</param>
internal sealed record AddedToken(int Id, string Content, bool SingleWord, bool StripsLeft, bool StripsRight);
