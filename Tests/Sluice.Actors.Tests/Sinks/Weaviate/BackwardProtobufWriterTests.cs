using Google.Protobuf;
using Sluice.Actors.Sinks.Weaviate;

namespace Sluice.Actors.Tests.Sinks.Weaviate;

public sealed class BackwardProtobufWriterTests
{
    [Fact]
    public void Written_FieldsOfAllKinds_AreReadInOrder()
    {
        using var writer = new BackwardProtobufWriter();
        writer.Double(7, -2.5);
        writer.Uuid(6, Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"));
        var inner = writer.Length;
        writer.RawFloats([1f, -0.5f]);
        writer.RawUInt16(2);
        writer.End(5, inner);
        writer.Text(200, "Grüße \ud83e"); // Half a pair is no text.
        writer.Number(2, 300);
        writer.Bytes(1, [1, 2, 3]);

        var input = new CodedInputStream(writer.Written.ToArray());
        input.ReadTag().ShouldBe(10u);
        input.ReadBytes().ToByteArray().ShouldBe(new byte[] { 1, 2, 3 });
        input.ReadTag().ShouldBe(16u);
        input.ReadUInt64().ShouldBe(300ul);
        input.ReadTag().ShouldBe((200u << 3) | 2);
        input.ReadString().ShouldBe("Grüße \uFFFD");
        input.ReadTag().ShouldBe(42u);
        input.ReadBytes().ToByteArray().ShouldBe(new byte[] { 2, 0, 0, 0, 0x80, 0x3F, 0, 0, 0, 0xBF });
        input.ReadTag().ShouldBe(50u);
        input.ReadString().ShouldBe("00112233-4455-6677-8899-aabbccddeeff");
        input.ReadTag().ShouldBe(57u);
        input.ReadDouble().ShouldBe(-2.5);
        input.IsAtEnd.ShouldBeTrue();
    }

    [Fact]
    public void Written_BeyondTheFirstBuffer_GrowsAndKeepsWhatIsThere()
    {
        using var writer = new BackwardProtobufWriter();
        var texts = Enumerable.Range(0, 400).Select(static i => new string((char)('a' + (i % 26)), i * 7)).ToList();
        for (var i = texts.Count - 1; i >= 0; i--)
        {
            writer.Text(1, texts[i]);
        }

        var input = new CodedInputStream(writer.Written.ToArray());
        foreach (var text in texts)
        {
            input.ReadTag().ShouldBe(10u);
            input.ReadString().ShouldBe(text);
        }

        input.IsAtEnd.ShouldBeTrue();
        writer.Clear();
        writer.Length.ShouldBe(0);
    }
}
