using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.TestKit.Documents;

namespace Sluice.Actors.Tests.Parsing.Office;

public sealed class PptxParserTests
{
    [Fact]
    public async Task ParseAsync_Slides_ComeInOrderOfThePresentation()
    {
        var sections = await ContainerFormats.ReadAsync("a.pptx", SampleDocuments.Pptx(
            (2, "Dams", ["Dams hold water"], null),
            (1, "Water", ["Rain falls", "Rivers rise"], "Speak slowly.")));

        sections.Where(static section => section.Kind != SectionKind.Title).Select(static section => (section.Kind, section.Text, section.Place.Page, section.Place.Part)).ShouldBe(
        [
            (SectionKind.Heading, "Water", 1, null),
            (SectionKind.ListItem, "Rain falls", 1, null),
            (SectionKind.ListItem, "Rivers rise", 1, null),
            (SectionKind.Paragraph, "Speak slowly.", 1, "notes"),
            (SectionKind.Heading, "Dams", 2, null),
            (SectionKind.ListItem, "Dams hold water", 2, null),
        ]);
        sections.Single(static section => section.Text == "Speak slowly.").HeadingPath.ShouldBe(["Water"]);
    }

    [Fact]
    public async Task ParseAsync_SlideWithoutTitle_HasNoHeadingOfTheSlideBefore()
    {
        var sections = await ContainerFormats.ReadAsync("a.pptx", SampleDocuments.Pptx((1, "First", ["one"], null), (2, null, ["two"], null)));

        sections[^1].Text.ShouldBe("two");
        sections[^1].HeadingPath.ShouldBeEmpty();
        sections[^1].Place.Page.ShouldBe(2);
    }

    [Fact]
    public async Task ParseAsync_OnlyPictures_IsEmpty() =>
        (await ContainerFormats.RejectAsync("a.pptx", SampleDocuments.Pptx((1, null, [], null)))).Reason.ShouldBe(Reasons.Empty);
}
