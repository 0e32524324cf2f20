using System.Text;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Ocr.Recognition;

/// <summary>The characters that a recognition network tells apart: its output 0 is the blank of connectionist temporal classification, the last one the space. Immutable.</summary>
internal sealed class CharacterTable
{
    private readonly string[] _characters;

    private CharacterTable(string[] characters) => _characters = characters;

    /// <summary>Outputs of the network, blank and space included.</summary>
    public int Count => _characters.Length;

    /// <summary>The character of an output; empty for the blank.</summary>
    public string this[int output] => _characters[output];

    /// <summary>Reads the characters.</summary>
    /// <param name="path">UTF-8 text, a character a line, as PaddleOCR's <c>rec_char_dict_path</c>.</param>
    /// <exception cref="ModelException">There are none.</exception>
    public static CharacterTable Read(string path)
    {
        // By line feeds alone: what other line ends a reader knows are characters here.
        var lines = File.ReadAllText(path, Encoding.UTF8).Split('\n');
        if (lines[^1].Length == 0)
        {
            lines = lines[..^1];
        }

        return lines.Length > 0
            ? new(["", .. lines.Select(static line => line.TrimEnd('\r')), " "])
            : throw new ModelException($"{path} has no characters; fetch it again or name another folder in sluice.parsing.ocr.models");
    }
}
