using Sluice.Actors.Parsing;
using Sluice.Streams.Documents;
using Sluice.Streams.Failures;
using Sluice.TestKit.Hostile;

namespace Sluice.Actors.Tests.Parsing;

public sealed class HostileFilesTests
{
    public static TheoryData<string> Names => [.. HostileFiles.All.Select(static file => file.Name)];

    [Fact]
    public void All_Names_AreUniqueAndMoreThanSixty()
    {
        HostileFiles.All.Select(static file => file.Name).Distinct(StringComparer.Ordinal).Count().ShouldBe(HostileFiles.All.Count);
        HostileFiles.All.Count.ShouldBeGreaterThan(60);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task ParseAsync_HostileFile_IsAccountedForAsExpected(string name)
    {
        var file = HostileFiles.All.Single(candidate => candidate.Name == name);
        var folder = Directory.CreateTempSubdirectory("sluice-hostile-");
        try
        {
            var (rejection, found) = await ReadAsync(file.WriteTo(folder.FullName), name, file.Finds);
            (rejection?.Verdict).ShouldBe(file.Verdict, rejection?.Message);
            (rejection?.Reason).ShouldBe(file.Reason, rejection?.Message);
            found.ShouldBe(file.Finds is not null, $"'{file.Finds}' in the text");
            if (rejection is not null)
            {
                rejection.Message.Length.ShouldBeInRange(10, 300);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<(Rejection? Rejection, bool Found)> ReadAsync(string path, string name, string? word)
    {
        var found = false;
        await using var content = new DocumentContent($"file:///corpus/{Uri.EscapeDataString(name)}", File.OpenRead(path));
        try
        {
            await foreach (var section in new DocumentParsers(new ParsingOptions(), TimeProvider.System).ParseAsync(content, CancellationToken.None))
            {
                section.Text.Length.ShouldBeInRange(1, Section.MaxLength);
                section.Text.ShouldNotContain('\0');
                found |= word is not null && section.Text.Contains(word, StringComparison.Ordinal);
            }
        }
        catch (DocumentRejectedException exception)
        {
            return (exception.Rejection, found);
        }

        return (null, found);
    }
}
