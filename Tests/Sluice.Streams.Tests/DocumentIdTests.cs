using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;

namespace Sluice.Streams.Tests;

public sealed class DocumentIdTests
{
    [Fact]
    public void Create_NameInUrlNamespace_IsTheUuidOfRfc9562()
    {
        // RFC 9562, appendix A.4, is over DNS; the URL name space works the same way.
        var dns = new Guid("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
        NameBasedGuid.Create(dns, "www.example.com").ShouldBe(new Guid("2ed6657d-e927-568b-95e1-2665a8aea6a2"));
        NameBasedGuid.Create(dns, "www.exam", "ple.com").ShouldBe(new Guid("2ed6657d-e927-568b-95e1-2665a8aea6a2"));
    }

    [Fact]
    public void Slot_ManyDocuments_SpreadsEvenlyOverPartitions()
    {
        var counts = new int[4];
        for (var index = 0; index < 8_000; index++)
        {
            var slot = DocumentId.FromUri($"file:///corpus/{index}.md").Slot;
            slot.ShouldBeInRange(0, DocumentId.SlotCount - 1);
            counts[Enumerable.Range(0, 4).Single(partition => SlotRange.OfPartition(partition, 4) is var range && slot >= range.Start && slot < range.End)]++;
        }

        counts.ShouldAllBe(static count => count > 1_800 && count < 2_200);
    }
}
