using System.Globalization;

namespace Sluice.Hosting.Text;

/// <summary>Counts with their noun, in one or many.</summary>
internal static class CountText
{
    /// <summary>So many documents: "1 document", "1,234 documents".</summary>
    /// <param name="count">How many.</param>
    /// <param name="one">What is said of one, with a blank before it where it is a word of its own.</param>
    /// <param name="many">What is said of none or several.</param>
    /// <returns>The words.</returns>
    public static string Documents(long count, string one = "", string many = "") =>
        string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? "document" + one : "documents" + many)}");
}
