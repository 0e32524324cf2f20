using Sluice.Actors.Parsing;
using Sluice.Actors.Parsing.Office;
using Sluice.Streams.Documents;
using Sluice.TestKit.Documents;

namespace Sluice.Actors.Tests.Parsing.Office;

/// <summary>Measures the memory of the process, so nothing runs beside it.</summary>
[Collection(MemoryCollection.Name)]
public sealed class XlsxMemoryTests
{
    [Fact]
    public async Task ParseAsync_HundredThousandRows_StreamsInFlatMemory()
    {
        const int Rows = 100_000;
        var bytes = SampleDocuments.Xlsx(("Big", false, Enumerable.Range(0, Rows).Select(static row => new object?[] { $"name {row}", row, $"place {row % 100}" })));
        await using var input = new ParseInput("file:///big.xlsx", "big.xlsx", "", new MemoryStream(bytes), new ParsingOptions());
        long count = 0;
        long early = 0;
        long most = 0;
        await foreach (var section in new XlsxParser().ParseAsync(input, CancellationToken.None))
        {
            count += section.Kind == SectionKind.TableRow ? 1 : 0;
            if (count % 20_000 == 10_000)
            {
                var held = GC.GetTotalMemory(forceFullCollection: true);
                early = early == 0 ? held : early;
                most = Math.Max(most, held);
            }
        }

        count.ShouldBe(Rows);
        (most - early).ShouldBeLessThan(4 << 20);
    }
}
