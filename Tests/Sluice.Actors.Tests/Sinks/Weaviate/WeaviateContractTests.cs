using System.Text.RegularExpressions;
using Sluice.TestKit.Models;
using Sluice.TestKit.Simulators;

namespace Sluice.Actors.Tests.Sinks.Weaviate;

/// <summary>Holds the two files that were written after Weaviate's gRPC API against the published ones, where those are at hand.</summary>
public sealed partial class WeaviateContractTests
{
    [Theory]
    [InlineData("Actors/Sinks/Weaviate/weaviate.proto")]
    [InlineData("Tests/TestKit/Simulators/Weaviate/weaviate-server.proto")]
    public void Fields_AreThoseThatArePublished(string file)
    {
        var ours = Read(File.ReadAllText(Path.Combine(Repository.Root, file)));
        ours.Count.ShouldBeGreaterThan(60);
        if (ContractValidator.Folder is not { } folder)
        {
            return;
        }

        var published = Directory.EnumerateFiles(Path.Combine(folder, "weaviate", "proto", "v1"), "*.proto").SelectMany(path => Read(File.ReadAllText(path))).ToHashSet(StringComparer.Ordinal);
        ours.Where(field => !published.Contains(field)).ShouldBeEmpty();
    }

    [Fact]
    public void Read_NestedMessages_NamesEachFieldByItsMessage() =>
        Read("message A { oneof x { string b = 1; } message C { repeated int64 d = 2; } C c = 3; } enum E { F = 0; }").ShouldBe(["A:string b = 1", "A.C:repeated int64 d = 2", "A:C c = 3", "E:F = 0"]);

    /// <summary>Each field and value with the message or enumeration it stands in.</summary>
    private static List<string> Read(string text)
    {
        var fields = new List<string>();
        var scopes = new Stack<string>();
        foreach (Match match in Token().Matches(Comment().Replace(text, "")))
        {
            if (match.Groups["kind"] is { Success: true, Value: var kind })
            {
                scopes.Push(kind == "oneof" ? "" : match.Groups["name"].Value);
            }
            else if (match.Groups["end"].Success)
            {
                scopes.TryPop(out _);
            }
            else if (match.Groups["field"].Success && scopes.Count > 0)
            {
                fields.Add($"{string.Join('.', scopes.Reverse().Where(static scope => scope.Length > 0))}:{Space().Replace(match.Groups["field"].Value.Trim(), " ")}");
            }
        }

        return fields;
    }

    [GeneratedRegex(@"(?<kind>message|enum|oneof|service)\s+(?<name>\w+)\s*\{|(?<end>\})|rpc[^{}]*\{\}|option[^;]*;|reserved[^;]*;|(?<field>((repeated|optional)\s+)?(map\s*<[^>]*>|[\w.]+)(\s+\w+)?\s*=\s*\d+)[^;]*;", RegexOptions.ExplicitCapture, 5_000)]
    private static partial Regex Token();

    [GeneratedRegex(@"//[^\n]*|/\*.*?\*/", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 5_000)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\s+", RegexOptions.ExplicitCapture, 5_000)]
    private static partial Regex Space();
}
