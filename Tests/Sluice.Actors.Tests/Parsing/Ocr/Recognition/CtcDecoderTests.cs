using Sluice.Actors.Parsing.Ocr.Recognition;
using Sluice.Streams.Failures;
using Sluice.TestKit.Files;

namespace Sluice.Actors.Tests.Parsing.Ocr.Recognition;

public sealed class CtcDecoderTests
{
    [Fact]
    public void Decode_RepeatsAndBlanks_AreTakenOut()
    {
        using var folder = new TemporaryFolder();
        var table = Table(folder, "a\nb\n");

        // a a blank a b b space: "aab ", each with its first probability.
        var read = CtcDecoder.Decode([.. Step(1, 0.9f), .. Step(1, 0.5f), .. Step(0, 1), .. Step(1, 0.7f), .. Step(2, 0.8f), .. Step(2, 0.8f), .. Step(3, 0.6f), .. Step(0, 1)], table, 8);

        read.Text.ShouldBe("aab ");
        read.Confidence.ShouldBe((0.9f + 0.7f + 0.8f + 0.6f) / 4, 1e-6);
        read.Characters[0].At.ShouldBe(0.5f / 8);
        read.Characters[^1].At.ShouldBe(6.5f / 8);
    }

    [Fact]
    public void Decode_BlanksAlone_IsEmptyWithoutConfidence()
    {
        using var folder = new TemporaryFolder();

        CtcDecoder.Decode([.. Step(0, 1), .. Step(0, 1)], Table(folder, "a\nb\n"), 2).Confidence.ShouldBe(0);
    }

    [Fact]
    public void Read_NoCharacters_IsAnErrorThatNamesTheFile()
    {
        using var folder = new TemporaryFolder();

        Should.Throw<ModelException>(() => Table(folder, "")).Message.ShouldContain("keys.txt has no characters");
    }

    [Theory]
    [InlineData("（127.0.0.1）", "(127.0.0.1)")]
    [InlineData("plain", "plain")]
    [InlineData("水（深）", "水（深）")]
    public void Narrow_FullWidthForms_ArePlainInLinesWithoutChinese(string line, string expected) =>
        FullWidth.Narrow(new([.. line.Select(static character => (character.ToString(), 0f))], 1)).Text.ShouldBe(expected);

    [Fact]
    public void Apply_GapsOfTwoWidths_GetSpacesInTheWideOnes()
    {
        // Letters 10 wide, gaps of 3 between them and of 13 between words: three words of five letters, read without a space.
        var characters = new List<(string, float)>();
        var gaps = new List<(int, int)>();
        var at = 0;
        for (var letter = 0; letter < 15; letter++)
        {
            characters.Add(("x", at + 5));
            at += 10;
            var gap = letter % 5 == 4 ? 13 : 3;
            gaps.Add((at, gap));
            at += gap;
        }

        var line = new RecognizedText([.. characters.Select(pair => (pair.Item1, pair.Item2 / at))], 1);

        WordSpacer.Apply([line], [gaps], [at])[0].Text.ShouldBe("xxxxx xxxxx xxxxx");
    }

    [Fact]
    public void Apply_GapsOfOneWidth_GetNone()
    {
        var line = new RecognizedText([.. Enumerable.Range(0, 20).Select(static index => ("x", (index + 0.5f) / 20))], 1);

        WordSpacer.Apply([line], [[.. Enumerable.Range(1, 19).Select(static index => ((index * 13) - 3, 3 + (index % 2)))]], [260])[0].Text.ShouldBe(new string('x', 20));
    }

    private static float[] Step(int best, float probability)
    {
        var step = new float[4];
        Array.Fill(step, (1 - probability) / 10);
        step[best] = probability;
        return step;
    }

    private static CharacterTable Table(TemporaryFolder folder, string characters)
    {
        var path = Path.Combine(folder.Path, "keys.txt");
        File.WriteAllText(path, characters);
        return CharacterTable.Read(path);
    }
}
