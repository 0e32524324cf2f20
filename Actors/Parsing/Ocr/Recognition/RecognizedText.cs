namespace Sluice.Actors.Parsing.Ocr.Recognition;

/// <summary>What a network reads in a line.</summary>
/// <param name="Characters">Its characters, spaces included, and where each stands: 0 is the beginning of the line, 1 its end.</param>
/// <param name="Confidence">Mean probability of its characters; 0 without any.</param>
internal readonly record struct RecognizedText(IReadOnlyList<(string Character, float At)> Characters, float Confidence)
{
    /// <summary>The characters, put together.</summary>
    public string Text => string.Concat(Characters.Select(static character => character.Character));
}
