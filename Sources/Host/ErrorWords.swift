// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import SystemPackage

/// What an error of the layers below means, in words: the texts of Foundation's errors name types and domains.
package enum ErrorWords {
    package static func of(_ error: any Error) -> String {
        switch error {
        case let error as Failure: return error.underlying.map { "\(error.message): \($0)" } ?? error.message
        case let error as DecodingError: return words(error)
        case let error as CocoaError: return words(error)
        case let error as POSIXError: return Errno(rawValue: error.code.rawValue).description
        default: return String(describing: error)
        }
    }

    private static func words(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context):
            return "\(place(context.codingPath)) has no “\(key.stringValue)”"
        case .valueNotFound(let type, let context):
            return "\(place(context.codingPath)) is null and should be \(name(type))"
        case .typeMismatch(let type, let context):
            return "\(place(context.codingPath)) is not \(name(type))"
        case .dataCorrupted(let context):
            // A mistake in the syntax: the parser's own words have its line and column.
            let detail =
                (context.underlyingError as? any CustomNSError)?.errorUserInfo["NSDebugDescription"] as? String
                ?? context.debugDescription
            return context.codingPath.isEmpty ? detail : "\(place(context.codingPath)): \(detail)"
        @unknown default: return "it can't be decoded"
        }
    }

    /// `waivers[2].expires`
    private static func place(_ path: [any CodingKey]) -> String {
        let text = path.reduce(into: "") { text, key in
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += (text.isEmpty ? "" : ".") + key.stringValue
            }
        }
        return text.isEmpty ? "the whole" : "“\(text)”"
    }

    private static func name(_ type: any Any.Type) -> String {
        switch type {
        case is String.Type: return "a text"
        case is Bool.Type: return "true or false"
        case is any BinaryInteger.Type: return "a whole number"
        case is any BinaryFloatingPoint.Type: return "a number"
        case is Date.Type: return "a time such as 2026-11-27T10:00:00Z"
        default: break
        }
        let text = String(describing: type)
        if text.hasPrefix("Array") || text.hasPrefix("Set") { return "a list" }
        return text.hasPrefix("Dictionary") ? "an object" : "of the kind that belongs there"
    }

    private static func words(_ error: CocoaError) -> String {
        if let below = error.underlying { return of(below) }
        switch error.code {
        case .fileNoSuchFile, .fileReadNoSuchFile: return Errno.noSuchFileOrDirectory.description
        case .fileReadNoPermission, .fileWriteNoPermission: return Errno.permissionDenied.description
        case .fileWriteOutOfSpace: return Errno.noSpace.description
        case .fileWriteFileExists: return Errno.fileExists.description
        case .fileWriteVolumeReadOnly: return Errno.readOnlyFileSystem.description
        case .fileReadInvalidFileName, .fileWriteInvalidFileName: return "the name is not one that a file can have"
        case .fileReadTooLarge: return Errno.fileTooLarge.description
        default: return "the system refused it (code \(error.code.rawValue))"
        }
    }
}
