using System.Text.RegularExpressions;

namespace Sluice.Hosting.Tests.Deployment;

/// <summary>Names of container images.</summary>
internal static partial class Images
{
    /// <summary>Fails unless the image names an exact version.</summary>
    public static void ShouldBePinned(string image, string where)
    {
        Tag().IsMatch(image).ShouldBeTrue($"{where}: {image} does not name a version");
        image.ShouldNotContain("latest", Case.Insensitive, where);
    }

    [GeneratedRegex(@"^[\w./-]+:v?\d+\.\d+\.\d+(-[\w.-]+)?$", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex Tag();
}
